"""Keeps secrets out of the log of a live run."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.event_logger.encoding import Line, iso_text, plain_value

HIDDEN = "***"
_SECRET_NAMES = ("secret", "privatekey", "passphrase", "apikey", "password", "mnemonic", "rpcurl")
_SECRET_WORD = re.compile("|".join(_SECRET_NAMES).encode())
_SEPARATORS = b"_- "


def redact(data: Any) -> Any:
    """``data`` as plain values, with ``***`` for whatever is a secret by its type or by its key's name.

    A key is secret when it contains secret, private_key, passphrase, api_key, password, mnemonic or rpc_url (whose path
    holds a key), in any case, with or without separators.
    """
    return _hide(msgspec.to_builtins(data, enc_hook=_plain_or_hidden))


def redacted_line(event: Event) -> bytes:
    """``event`` as a line of JSON, its newline included, with its data as ``redact`` leaves them."""
    timestamp = iso_text(event.timestamp)
    line = _encode(Line(timestamp, event.event_type, event.component, event.data, event.sequence))
    if _may_name_a_secret(line):
        line = _encode(Line(timestamp, event.event_type, event.component, redact(event.data), event.sequence))
    return line + b"\n"


def _may_name_a_secret(line: bytes) -> bool:
    """Whether some key in ``line`` could be secret: false for nearly all, which saves looking at every key.

    A name that is all ASCII stands in JSON letter by letter; of others only Unicode's own rules tell the lower case.
    """
    if not line.isascii():
        return True
    words = line.lower().translate(None, _SEPARATORS)
    return _SECRET_WORD.search(words) is not None


def _plain_or_hidden(value: Any) -> Any:
    return HIDDEN if hasattr(value, "get_secret_value") else plain_value(value)


_encode = msgspec.json.Encoder(decimal_format="string", enc_hook=_plain_or_hidden).encode


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: HIDDEN if _is_secret(str(key)) else _hide(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hide(item) for item in value]
    return value


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    name = key.lower().replace("_", "").replace("-", "").replace(" ", "")
    return any(secret in name for secret in _SECRET_NAMES)
