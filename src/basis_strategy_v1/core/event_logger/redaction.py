"""Keeps secrets out of the log of a live run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from basis_strategy_v1.core.event_logger.encoding import plain_value

HIDDEN = "***"
_SECRET_NAMES = ("secret", "privatekey", "passphrase", "apikey", "password", "mnemonic", "rpcurl")


def redact(data: Any) -> Any:
    """``data`` as plain values, with ``***`` for whatever is a secret by its type or by its key's name.

    A key is secret when it contains secret, private_key, passphrase, api_key, password, mnemonic or rpc_url (whose path
    holds a key), in any case, with or without separators.
    """
    return _hide(msgspec.to_builtins(data, enc_hook=_plain_or_hidden))


def _plain_or_hidden(value: Any) -> Any:
    return HIDDEN if hasattr(value, "get_secret_value") else plain_value(value)


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
