"""OKX's names for instruments, and what a contract holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.instructions import TradeType
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import ONE
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.sandbox.okx.numbers import number
from basis_strategy_v1.sandbox.records import OrderRecord, TradeRecord

CONTRACT_VALUES = {"BTC": Decimal("0.01"), "ETH": Decimal("0.1")}
"""Base units in one contract, by base asset, from the venue's public list of instruments."""

_SWAP = "-SWAP"
_LISTED_MS = "1573557408000"


class InstrumentNames:
    """The instruments of a venue by the id on the wire (``BTC-USDT``, ``BTC-USDT-SWAP``)."""

    def __init__(self, spec: VenueSpec) -> None:
        self._by_id = {instrument_id(instrument): instrument for instrument in spec.instruments}
        self._ids = {(item.symbol, item.trade_type): name for name, item in self._by_id.items()}

    def find(self, name: str) -> Instrument | None:
        """The instrument of that id, or None."""
        return self._by_id.get(name)

    def name(self, symbol: str, trade_type: TradeType) -> str:
        """The id of an instrument."""
        return self._ids[symbol, trade_type]

    def of(self, record: OrderRecord | TradeRecord) -> Instrument:
        """The instrument of an order or fill."""
        return self._by_id[self._ids[record.symbol, record.trade_type]]

    def first(self, trade_type: str) -> Instrument | None:
        """The venue's first instrument of a type."""
        return next((item for item in self._by_id.values() if item.trade_type == trade_type), None)

    def perpetual(self, symbol: str) -> Instrument:
        """The perpetual of that symbol."""
        return self._by_id[self._ids[symbol, "perp"]]


def instrument_id(instrument: Instrument) -> str:
    """``BTC-USDT`` for spot, ``BTC-USDT-SWAP`` for a perpetual."""
    pair = f"{instrument.base}-{instrument.quote}"
    return pair if instrument.trade_type == "spot" else pair + _SWAP


def type_of(trade_type: TradeType) -> str:
    """``SPOT`` or ``SWAP``."""
    return "SPOT" if trade_type == "spot" else "SWAP"


def contract_value(instrument: Instrument) -> Decimal:
    """Base units in one unit of size on the wire: 1 for spot, a contract's worth for a swap."""
    if instrument.trade_type == "spot":
        return ONE
    return CONTRACT_VALUES.get(instrument.base, ONE)


def to_size(instrument: Instrument, quantity: Decimal) -> Decimal:
    """Base units as size on the wire. Contract values are powers of ten, so nothing is rounded."""
    return quantity / contract_value(instrument)


_LISTED: dict[str, Any] = {
    "alias": "",
    "auctionEndTime": "",
    "category": "1",
    "contTdSwTime": "",
    "expTime": "",
    "futureSettlement": False,
    "groupId": "1",
    "maxIcebergSz": "9999999999",
    "maxLmtAmt": "20000000",
    "maxLmtSz": "9999999999",
    "maxMktSz": "9999999999",
    "maxStopSz": "9999999999",
    "maxTriggerSz": "9999999999",
    "maxTwapSz": "9999999999",
    "openType": "",
    "optType": "",
    "ruleType": "normal",
    "state": "live",
    "stk": "",
}
"""What every spot pair and swap says alike."""


def instrument_entry(instrument: Instrument, max_leverage: int) -> dict[str, Any]:
    """One instrument, as ``public/instruments`` lists it."""
    spot = instrument.trade_type == "spot"
    pair = f"{instrument.base}-{instrument.quote}"
    return _LISTED | {
        "baseCcy": instrument.base if spot else "",
        "ctMult": "" if spot else "1",
        "ctType": "" if spot else "linear",
        "ctVal": "" if spot else number(contract_value(instrument)),
        "ctValCcy": "" if spot else instrument.base,
        "instFamily": "" if spot else pair,
        "instId": instrument_id(instrument),
        "instIdCode": 10459 if spot else 10458,
        "instType": type_of(instrument.trade_type),
        "lever": "" if spot else str(max_leverage),
        "listTime": _LISTED_MS,
        "lotSz": number(to_size(instrument, instrument.step)),
        "maxMktAmt": "1000000" if spot else "",
        "minSz": number(to_size(instrument, instrument.min_quantity)),
        "quoteCcy": instrument.quote if spot else "",
        "settleCcy": "" if spot else instrument.quote,
        "tickSz": number(instrument.tick),
        "tradeQuoteCcyList": [instrument.quote] if spot else [],
        "uly": "" if spot else pair,
    }
