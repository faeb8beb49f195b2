"""OKX v5: funding, liquidations and deposits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.okx.instruments import Contracts, instrument_id, instrument_type
from basis_strategy_v1.backends.live.dialects.okx.orders import read_fill
from basis_strategy_v1.backends.live.dialects.understanding import asks
from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit, VenueTrade, decimal, nanoseconds
from basis_strategy_v1.backends.live.funding_payments import funding_payment
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import FundingPayment, LiquidationReport
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

FUNDING_FEE = "8"
LIQUIDATION = "5"
DEPOSIT_CREDITED = ("1", "2")
"""Credited, and successful with withdrawals open: the money is in the balance from the first on."""
LIQUIDATIONS = ("full_liquidation", "partial_liquidation")
PAGE = 100
WEEK_MS = 7 * 86_400_000 - 3_600_000
"""How far back the list of finished orders goes, less an hour."""
RECENT_MS = 3 * 86_400_000 - 3_600_000
"""How far back the list of executions goes that does not lag, less an hour."""


class OkxEvents:
    """What happens to a unified account by itself."""

    def __init__(self, gateway: Gateway, contracts: Contracts, spec: VenueSpec, now_ms: Callable[[], int]) -> None:
        self._gateway = gateway
        self._now_ms = now_ms
        self._contracts = contracts
        self._spec = spec

    @asks
    def settlements_since(self, since: int) -> Sequence[FundingPayment | LiquidationReport]:
        """See ``EventFeed``."""
        exchange = self._gateway.exchange
        bills = self._pages(
            exchange.privateGetAccountBillsArchive, {"instType": "SWAP", "type": FUNDING_FEE, "begin": since}, "billId"
        )
        events: list[FundingPayment | LiquidationReport] = []
        for bill in bills:
            instrument = self._contracts.find(bill["instId"])
            if instrument is not None:
                events.append(self._funding(instrument, bill))
        finished = self._finished(since)
        events += self._liquidations([order for order in finished if order.get("category") in LIQUIDATIONS])
        return sorted(events, key=lambda event: event.timestamp)

    @asks
    def deposits_since(self, since: int) -> Sequence[VenueDeposit]:
        """See ``EventFeed``. The history goes backwards in time, page by page."""
        found: dict[str, VenueDeposit] = {}
        before: dict[str, Any] = {}
        while True:
            fields = {"limit": PAGE, **before}
            page = self._gateway.ask(self._gateway.exchange.privateGetAssetDepositHistory, fields)["data"]
            for item in page:
                if str(item["state"]) in DEPOSIT_CREDITED and int(item["ts"]) >= since:
                    found[str(item["depId"])] = self._deposit(item)
            if len(page) < PAGE or int(page[-1]["ts"]) < since:
                return sorted(found.values(), key=lambda deposit: deposit.timestamp)
            before = {"after": page[-1]["ts"]}

    @asks
    def trades_since(self, instrument: Instrument, since: int) -> Sequence[VenueTrade]:
        """See ``EventFeed``. The archive, which may lag, tells only what was before the last three days."""
        exchange = self._gateway.exchange
        fields = {"instId": instrument_id(instrument), "begin": since}
        listed = self._pages(exchange.privateGetTradeFills, fields, "billId")
        if since < self._now_ms() - RECENT_MS:
            known = {trade["billId"] for trade in listed}
            fields["instType"] = instrument_type(instrument)
            archived = self._pages(exchange.privateGetTradeFillsHistory, fields, "billId")
            listed += [trade for trade in archived if trade["billId"] not in known]
        return tuple(
            VenueTrade(
                fill=read_fill(instrument, self._contracts, trade),
                venue_order_id=str(trade["ordId"]),
                wire_id=str(trade.get("clOrdId") or ""),
            )
            for trade in reversed(listed)
        )

    def ordered_as(self, instrument: Instrument, trade: VenueTrade) -> str:
        """See ``EventFeed``."""
        return trade.wire_id

    def _deposit(self, item: Mapping[str, Any]) -> VenueDeposit:
        return VenueDeposit(
            timestamp=nanoseconds(item["ts"]),
            deposit_id=str(item["depId"]),
            transaction_id=str(item.get("txId", "")),
            location=self._spec.deposit_location,
            token=item["ccy"],
            amount=decimal(item["amt"]),
        )

    def _pages(self, call: Any, fields: Mapping[str, Any], number: str) -> list[Mapping[str, Any]]:
        """Everything the venue lists, newest first."""
        found: list[Mapping[str, Any]] = []
        while True:
            after = {"after": found[-1][number]} if found else {}
            page = self._gateway.ask(call, {**fields, "limit": PAGE, **after})["data"]
            found += page
            if len(page) < PAGE:
                return found

    def _finished(self, since: int) -> list[Mapping[str, Any]]:
        """Finished orders, newest first: those of a week, and of the archive where they reach back farther."""
        exchange = self._gateway.exchange
        fields = {"instType": "SWAP", "begin": since}
        found = self._pages(exchange.privateGetTradeOrdersHistory, fields, "ordId")
        if since < self._now_ms() - WEEK_MS:
            known = {order["ordId"] for order in found}
            archived = self._pages(exchange.privateGetTradeOrdersHistoryArchive, fields, "ordId")
            found += [order for order in archived if order["ordId"] not in known]
        return found

    def _funding(self, instrument: Instrument, bill: Mapping[str, Any]) -> FundingPayment:
        """A bill tells amount, price and size; which side was held follows from the rate's sign."""
        moment = int(bill["ts"])
        amount, mark = decimal(bill["balChg"]), decimal(bill["px"])
        rate = self._rate(instrument, moment)
        size = self._contracts.quantity(instrument, bill["sz"])
        quantity = -size if (amount > 0) == (rate > 0) else size
        return funding_payment(instrument, nanoseconds(moment), amount, rate, mark, quantity)

    def _rate(self, instrument: Instrument, moment: int) -> Any:
        fields = {"instId": instrument_id(instrument), "before": moment - 60_000, "after": moment + 60_000}
        listed = self._gateway.ask(self._gateway.exchange.publicGetPublicFundingRateHistory, fields)["data"]
        return decimal(listed[0]["realizedRate"]) if listed else ZERO

    def _liquidations(self, orders: Sequence[Mapping[str, Any]]) -> list[LiquidationReport]:
        """Orders with which the venue closed positions, those of one moment together."""
        together: dict[int, list[Fill]] = {}
        for order in reversed(orders):
            instrument = self._contracts.find(order["instId"])
            if instrument is not None:
                together.setdefault(int(order["uTime"]), []).extend(self._fills_of(instrument, order))
        taken = self._taken(min(together)) if together else {}
        return [
            LiquidationReport(
                timestamp=nanoseconds(moment),
                venue=self._spec.venue,
                location=self._spec.margin_location,
                fills=tuple(fills),
                to_insurance=taken.get(moment, ZERO),
                quote=self._spec.margin_currency,
                reason="the venue closed the positions for want of margin",
            )
            for moment, fills in together.items()
        ]

    def _taken(self, since: int) -> dict[int, Decimal]:
        """What liquidations took beyond their fills, by time: bills of no order."""
        fields = {"type": LIQUIDATION, "begin": since}
        taken: dict[int, Decimal] = {}
        for bill in self._pages(self._gateway.exchange.privateGetAccountBillsArchive, fields, "billId"):
            if not bill["ordId"] and bill["ccy"] == self._spec.margin_currency:
                taken[int(bill["ts"])] = taken.get(int(bill["ts"]), ZERO) - decimal(bill["balChg"])
        return taken

    def _fills_of(self, instrument: Instrument, order: Mapping[str, Any]) -> list[Fill]:
        """All executions of a liquidation, from the archive where they are older than three days."""
        exchange = self._gateway.exchange
        fields = {"ordId": order["ordId"]}
        trades = self._pages(exchange.privateGetTradeFills, fields, "billId")
        if sum(decimal(trade["fillSz"]) for trade in trades) != decimal(order["accFillSz"]):
            trades = self._pages(exchange.privateGetTradeFillsHistory, fields | {"instType": "SWAP"}, "billId")
        return [read_fill(instrument, self._contracts, trade) for trade in reversed(trades)]
