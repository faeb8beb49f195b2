"""Keeps secrets out of the log of a live run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import msgspec.inspect

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.event_logger.encoding import Line, plain_value, time_text

HIDDEN = "***"
_SECRET_NAMES = ("secret", "privatekey", "passphrase", "apikey", "password", "mnemonic", "rpcurl")
_SECRET_WORDS = tuple(name.encode() for name in _SECRET_NAMES)
_SEPARATORS = b"_- "
_PLAIN = (
    msgspec.inspect.NoneType,
    msgspec.inspect.BoolType,
    msgspec.inspect.IntType,
    msgspec.inspect.FloatType,
    msgspec.inspect.StrType,
    msgspec.inspect.DecimalType,
    msgspec.inspect.EnumType,
    msgspec.inspect.LiteralType,
)


def redact(data: Any) -> Any:
    """``data`` as plain values, with ``***`` for whatever is a secret by its type or by its key's name.

    A key is secret when it contains secret, private_key, passphrase, api_key, password, mnemonic or rpc_url (whose path
    holds a key), in any case, with or without separators.
    """
    return _hide(msgspec.to_builtins(data, enc_hook=_plain_or_hidden))


def redacted_line(event: Event) -> bytes:
    """``event`` as a line of JSON, its newline included, with its data as ``redact`` leaves them."""
    timestamp = time_text(event.timestamp)
    data = event.data
    line = _encode(Line(timestamp, event.event_type, event.component, data, event.sequence))
    kind = type(data)
    is_plain = _PLAIN_KINDS.get(kind)
    if is_plain is None:
        is_plain = _PLAIN_KINDS[kind] = _has_but_plain_fields(kind)
    if not is_plain and _may_name_a_secret(line):
        line = _encode(Line(timestamp, event.event_type, event.component, redact(event.data), event.sequence))
    return line + b"\n"


_PLAIN_KINDS: dict[type, bool] = {}
"""Kinds of data that were met, and whether they have but plain fields."""


def _has_but_plain_fields(kind: type) -> bool:
    """Whether all keys of such data are known: a struct's own, none of them secret, with plain values behind them."""
    if not issubclass(kind, msgspec.Struct):
        return False
    try:
        return _is_plain(msgspec.inspect.type_info(kind), frozenset())
    except (TypeError, NameError):
        return False


def _is_plain(kind: Any, around: frozenset[type]) -> bool:
    """Whether ``kind`` is of single values, sequences of plain ones, and structs of plain fields.

    Args:
        around: the structs that it is a part of; one that holds itself is not looked into.
    """
    if isinstance(kind, msgspec.inspect.UnionType):
        return all(_is_plain(one, around) for one in kind.types)
    if isinstance(kind, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
        return _is_plain(kind.item_type, around)
    if isinstance(kind, msgspec.inspect.StructType):
        within = around | {kind.cls}
        return kind.cls not in around and all(
            not _is_secret(field.encode_name) and _is_plain(field.type, within) for field in kind.fields
        )
    return isinstance(kind, _PLAIN)


def _may_name_a_secret(line: bytes) -> bool:
    """Whether some key in ``line`` could be secret: false for nearly all, which saves looking at every key.

    A name that is all ASCII stands in JSON letter by letter; of others only Unicode's own rules tell the lower case.
    """
    if not line.isascii():
        return True
    words = line.lower().translate(None, _SEPARATORS)
    # One search for each word: a pattern of all of them costs ten times as much.
    return max(map(words.find, _SECRET_WORDS)) >= 0


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
