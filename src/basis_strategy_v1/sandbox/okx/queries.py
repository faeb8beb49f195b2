"""What OKX tells of orders, fills, bills and positions."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.okx.errors import WireError, bad_parameter, not_found, refusal
from basis_strategy_v1.sandbox.okx.formats import (
    fill_entry,
    funding_bill,
    id_number,
    liquidation_bill,
    order_entry,
    order_id_of,
    order_type,
    position_entry,
    state_of,
)
from basis_strategy_v1.sandbox.okx.instruments import InstrumentNames, type_of
from basis_strategy_v1.sandbox.okx.numbers import quotient
from basis_strategy_v1.sandbox.okx.orders import SpentBy
from basis_strategy_v1.sandbox.okx.paging import is_within, page
from basis_strategy_v1.sandbox.okx.parameters import Parameters
from basis_strategy_v1.sandbox.records import OrderRecord

Entries = list[dict[str, Any]]
_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")
DAY_MS = 86_400_000
FILLS_MS, WEEK_MS, QUARTER_MS = 3 * DAY_MS, 7 * DAY_MS, 90 * DAY_MS
"""How far back the venue's lists go."""

_FUNDING_FEE = "8"
_LIQUIDATION = "5"


class QueryEndpoints:
    """``trade/`` lookups, ``account/positions`` and ``account/bills-archive``. Orders are found by id for ever."""

    def __init__(
        self, account: SandboxAccount, market: MarketView, clock: VenueClock, names: InstrumentNames, spent: SpentBy
    ) -> None:
        self._spent = spent
        self._clock = clock
        self._account = account
        self._market = market
        self._names = names

    def order(self, parameters: Parameters) -> Entries:
        """``trade/order``: ``ordId`` wins over ``clOrdId``."""
        instrument = parameters.required("instId")
        if self._names.find(instrument) is None:
            raise refusal("unknown_symbol", instrument)
        order_id, client_id = parameters.text("ordId"), parameters.text("clOrdId")
        if not order_id and not client_id:
            raise WireError("51003", "Either client order ID or order ID is required")
        if order_id:
            number = order_id_of(order_id)
            record = None if number is None else self._account.order(number)
        else:
            record = self._account.latest(client_id)
        if record is None or record.is_rejected or self._name(record) != instrument:
            raise not_found()
        return [self._entry(record)]

    def pending(self, parameters: Parameters) -> Entries:
        """``trade/orders-pending``, newest first."""
        return self._listed(parameters, [record for record in self._account.open_orders() if record.is_open])

    def history(self, parameters: Parameters) -> Entries:
        """``trade/orders-history``: finished orders of the last week, newest first."""
        return self._finished(parameters, WEEK_MS)

    def archive(self, parameters: Parameters) -> Entries:
        """``trade/orders-history-archive``: those of three months."""
        return self._finished(parameters, QUARTER_MS)

    def _finished(self, parameters: Parameters, length_ms: int) -> Entries:
        _required_type(parameters)
        oldest = self._clock.now_ms() - length_ms
        finished = [
            record
            for record in self._account.orders()
            if not record.is_open and record.updated_ms >= oldest and is_within(record.created_ms, parameters)
        ]
        return self._listed(parameters, finished)

    def fills(self, parameters: Parameters) -> Entries:
        """``trade/fills`` of the last three days, newest first."""
        return self._executed(parameters, FILLS_MS)

    def fills_history(self, parameters: Parameters) -> Entries:
        """``trade/fills-history`` of three months."""
        _required_type(parameters)
        return self._executed(parameters, QUARTER_MS)

    def _executed(self, parameters: Parameters, length_ms: int) -> Entries:
        oldest = self._clock.now_ms() - length_ms
        wanted_type, wanted = parameters.text("instType"), parameters.text("instId")
        if wanted_type and wanted_type not in _TYPES:
            raise bad_parameter("instType")
        order_id = parameters.text("ordId")
        number = order_id_of(order_id) if order_id else None
        found = [
            trade
            for trade in reversed(self._account.trades())
            if wanted_type in ("", type_of(trade.trade_type))
            and wanted in ("", self._names.name(trade.symbol, trade.trade_type))
            and (not order_id or trade.order_id == number)
            and trade.time_ms >= oldest
            and is_within(trade.time_ms, parameters)
        ]
        chosen = page(found, parameters, lambda trade: id_number(trade.trade_id))
        return [fill_entry(trade, self._names.of(trade)) for trade in chosen]

    def bills(self, parameters: Parameters) -> Entries:
        """``account/bills`` of the last week: funding fees, or what liquidations took; newest first."""
        return self._bills(parameters, WEEK_MS)

    def bills_archive(self, parameters: Parameters) -> Entries:
        """``account/bills-archive``: those of three months."""
        return self._bills(parameters, QUARTER_MS)

    def _bills(self, parameters: Parameters, length_ms: int) -> Entries:
        oldest = self._clock.now_ms() - length_ms
        kind = parameters.text("type", _FUNDING_FEE)
        if kind == _LIQUIDATION:
            return self._liquidation_bills(parameters, oldest)
        if kind != _FUNDING_FEE or parameters.text("instType", "SWAP") != "SWAP":
            return []
        wanted, currency = parameters.text("instId"), parameters.text("ccy")
        found = [
            payment
            for payment in reversed(self._account.funding())
            if wanted in ("", self._names.name(payment.symbol, "perp"))
            and currency in ("", payment.asset)
            and payment.time_ms >= oldest
            and is_within(payment.time_ms, parameters)
        ]
        chosen = page(found, parameters, lambda payment: id_number(payment.funding_id))
        return [funding_bill(payment, self._names.perpetual(payment.symbol)) for payment in chosen]

    def _liquidation_bills(self, parameters: Parameters, oldest: int) -> Entries:
        taken = [
            (number, record)
            for number, record in enumerate(self._account.liquidations(), 1)
            if record.time_ms >= oldest and is_within(record.time_ms, parameters)
        ]
        chosen = page(list(reversed(taken)), parameters, lambda item: id_number(item[0]))
        return [liquidation_bill(record, number) for number, record in chosen]

    def positions(self, parameters: Parameters) -> Entries:
        """``account/positions``: open ones."""
        wanted = [name for name in parameters.text("instId").split(",") if name]
        if parameters.text("instType", "SWAP") != "SWAP":
            return []
        margin = self._account.margin()
        ratio = quotient(margin.balance, margin.maintenance)
        entries = []
        for view in self._account.positions():
            instrument = self._names.perpetual(view.symbol)
            last = self._market.quote(view.symbol, "perp").last
            if not wanted or self._names.name(view.symbol, "perp") in wanted:
                mode = "isolated" if view.symbol in self._account.modes.isolated else "cross"
                result = self._account.results.of(view.symbol)
                entries.append(position_entry(view, instrument, last, ratio, mode, result))
        return entries

    def _listed(self, parameters: Parameters, records: list[OrderRecord]) -> Entries:
        wanted_type, wanted = parameters.text("instType"), parameters.text("instId")
        kind, state = parameters.text("ordType"), parameters.text("state")
        found = [
            record
            for record in reversed(records)
            if wanted_type in ("", type_of(record.trade_type))
            and wanted in ("", self._name(record))
            and (not kind or order_type(record) in kind.split(","))
            and state in ("", state_of(record))
        ]
        chosen = page(found, parameters, lambda record: id_number(record.order_id))
        return [self._entry(record) for record in chosen]

    def _entry(self, record: OrderRecord) -> dict[str, Any]:
        leverage = self._account.leverage_of(record.symbol)
        level = self._account.modes.level
        return order_entry(record, self._names.of(record), leverage, level, self._spent.get(record.order_id))

    def _name(self, record: OrderRecord) -> str:
        return self._names.name(record.symbol, record.trade_type)


def _required_type(parameters: Parameters) -> None:
    if parameters.required("instType") not in _TYPES:
        raise bad_parameter("instType")
