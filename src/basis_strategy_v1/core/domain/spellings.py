"""The spellings in which an instruction may arrive, brought to one.

The names of this package are ``instruction_type``, ``symbol`` + ``trade_type`` and ``protocol`` + ``action``. Accepted
besides: ``type``; ``venue_type`` with ``operation`` (``AAVE_SUPPLY``, ``STAKE``); ``pair`` (``ETH/USDT``,
``ETHUSDT-PERP``); ``LONG``/``SHORT``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from basis_strategy_v1.core.domain.field_reader import FieldReader, refuse, shown
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

CEX_TRADE = "cex_trade"
SMART_CONTRACT_ACTION = "smart_contract_action"
WALLET_TRANSFER = "wallet_transfer"
INSTRUCTION_TYPES = (CEX_TRADE, SMART_CONTRACT_ACTION, WALLET_TRANSFER)

_TYPE_OF_VENUE_TYPE = {
    "cex": CEX_TRADE,
    "dex": SMART_CONTRACT_ACTION,
    "onchain": SMART_CONTRACT_ACTION,
    "transfer": WALLET_TRANSFER,
}
_PROTOCOLS = ("aave", "morpho", "lido", "etherfi", "eigenlayer", "uniswap", "curve", "instadapp", "wallet")
_VENUE_OF_LST = {"wsteth": "lido", "steth": "lido", "weeth": "etherfi", "eeth": "etherfi"}
_SYMBOL = re.compile(r"([A-Z0-9]+)(?:/([A-Z0-9]+))?(?::([A-Z0-9]+)|(-PERP))?")
SIDES = {"buy": "buy", "sell": "sell", "long": "buy", "short": "sell"}


def instruction_type_of(fields: Mapping[Any, Any], where: str) -> str:
    """The instruction's type, from ``instruction_type``, ``type`` or ``venue_type``.

    Raises:
        ComponentError: EIM-001 when no field tells the type or two disagree, EIM-002 when it is unknown.
    """
    told = {name: fields[name] for name in ("instruction_type", "type", "venue_type") if fields.get(name) is not None}
    if not told:
        raise ComponentError("EIM-001", f"{where}: instruction_type is missing")
    types = {name: _known_type(name, value, where) for name, value in told.items()}
    if len(set(types.values())) > 1:
        both = " and ".join(f"{name} = {shown(value)}" for name, value in told.items())
        raise ComponentError("EIM-001", f"{where}: {both} contradict each other")
    return next(iter(types.values()))


def _known_type(field: str, value: object, where: str) -> str:
    text = value.strip().lower() if isinstance(value, str) else ""
    known = _TYPE_OF_VENUE_TYPE.get(text) if field == "venue_type" else text if text in INSTRUCTION_TYPES else None
    if known is None:
        raise ComponentError("EIM-002", f"{where}: {field} = {shown(value)} is unknown")
    return known


def drop_type_fields(reader: FieldReader) -> None:
    """Take the fields that told the type."""
    for field in ("instruction_type", "type", "venue_type"):
        reader.take(field)


def read_venue(reader: FieldReader, field: str) -> str:
    """A venue or location, in lower case; ``alchemy`` is the wallet."""
    name = reader.text(field, required=True).lower()
    return "wallet" if name == "alchemy" else name


def read_market(reader: FieldReader) -> tuple[str, str]:
    """``(symbol, trade_type)`` from ``symbol`` or ``pair``, and ``trade_type``.

    ``ETH/USDT`` alone is spot, ``ETHUSDT-PERP`` and ``ETH/USDT:USDT`` are perpetuals; a bare ``ETHUSDT`` needs
    ``trade_type``.
    """
    trade_type = reader.choice("trade_type", {"spot": "spot", "perp": "perp"}, default="")
    both = reader.has("symbol") and reader.has("pair")
    field = "symbol" if reader.has("symbol") or not reader.has("pair") else "pair"
    text = reader.text(field, required=True)
    symbol, implied = _split_market(reader, field, text)
    if both:
        pair = reader.text("pair")
        other, other_implied = _split_market(reader, "pair", pair)
        if other != symbol:
            reader.refuse("pair", pair, f"contradicts symbol = {shown(text)}")
        implied = implied if implied == "perp" else other_implied
    reader.take("pair")
    if trade_type == "spot" and implied == "perp":
        reader.refuse(field, text, "names a perpetual, but trade_type is spot")
    if not (trade_type or implied):
        refuse(reader.where, "trade_type is missing (spot or perp)")
    return symbol, trade_type or implied


def _split_market(reader: FieldReader, field: str, text: str) -> tuple[str, str]:
    match = _SYMBOL.fullmatch(text.upper())
    if match is None or (match[3] and match[3] != match[2]):
        reader.refuse(field, text, "must look like ETHUSDT, ETH/USDT or ETHUSDT-PERP")
    base, quote, settle, perp = match.groups()
    return base + (quote or ""), "perp" if settle or perp else "spot" if quote else ""


def read_protocol_and_action(reader: FieldReader, lst_type: str) -> tuple[str, str]:
    """``(protocol, action)``, from those fields or from ``operation`` (and ``venue``).

    ``STAKE`` and ``UNSTAKE`` without a protocol go to the venue of the field ``lst_type``, or else of the argument.
    """
    protocol = read_venue(reader, "protocol") if reader.has("protocol") else ""
    if not reader.has("operation"):
        action = reader.text("action", required=True).lower()
        if not protocol:
            refuse(reader.where, "protocol is missing")
        return protocol, action
    if reader.has("action"):
        refuse(reader.where, "give either action or operation, not both")
    if not protocol and reader.has("venue"):
        protocol = read_venue(reader, "venue")
    operation = reader.text("operation")
    named, action = _split_operation(operation.lower())
    if named and protocol and named != protocol:
        reader.refuse("operation", operation, f"contradicts protocol = {shown(protocol)}")
    protocol = protocol or named
    if not protocol and action in ("stake", "unstake"):
        protocol = venue_of_lst(reader.text("lst_type") or lst_type, reader.where)
    if not protocol or not action:
        reader.refuse("operation", operation, "must be PROTOCOL_ACTION, such as AAVE_SUPPLY, or STAKE or UNSTAKE")
    return protocol, action


def _split_operation(operation: str) -> tuple[str, str]:
    head, _, tail = operation.partition("_")
    return (head, tail) if head in _PROTOCOLS else ("", operation)


def venue_of_lst(lst_type: str, where: str) -> str:
    """The venue that issues a liquid staking token: ``wsteth`` -> ``lido``, ``weeth`` -> ``etherfi``."""
    venue = _VENUE_OF_LST.get(lst_type.lower())
    if venue is None:
        refuse(where, f"lst_type = {shown(lst_type)}: must be wsteth or weeth")
    return venue
