"""Bybit v5: funding, liquidations and deposits of a unified account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from basis_strategy_v1.backends.live.dialects.bybit.orders import category, read_fill
from basis_strategy_v1.backends.live.dialects.understanding import asks
from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit, VenueTrade, decimal, nanoseconds
from basis_strategy_v1.backends.live.funding_payments import funding_payment
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import FundingPayment, LiquidationReport
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

WEEK_MS = 7 * 86_400_000
MONTH_MS = 30 * 86_400_000 - 1_000
"""A span of deposits must be shorter than thirty days, counted in whole seconds."""
DEPOSIT_CREDITED = "3"
AROUND_MS = 1_000


class BybitEvents:
    """What happens to a unified account by itself.

    Args:
        now_ms: the venue's time.
    """

    def __init__(
        self, gateway: Gateway, spec: VenueSpec, instruments: Sequence[Instrument], now_ms: Callable[[], int]
    ) -> None:
        self._gateway = gateway
        self._spec = spec
        self._perps = {item.symbol: item for item in instruments if item.trade_type == "perp"}
        self._now_ms = now_ms

    @asks
    def settlements_since(self, since: int) -> Sequence[FundingPayment | LiquidationReport]:
        """See ``EventFeed``."""
        funding = [item for item in self._executions(since, "Funding") if item["symbol"] in self._perps]
        events: list[FundingPayment | LiquidationReport] = [self._funding(item) for item in funding]
        events += self._liquidations(self._executions(since, "BustTrade"))
        return sorted(events, key=lambda event: event.timestamp)

    @asks
    def deposits_since(self, since: int) -> Sequence[VenueDeposit]:
        """See ``EventFeed``."""
        call = self._gateway.exchange.privateGetV5AssetDepositQueryRecord
        listed = self._over_time(call, {"limit": 50}, "rows", since, MONTH_MS)
        return tuple(
            VenueDeposit(
                timestamp=nanoseconds(item["successAt"]),
                deposit_id=str(item.get("id") or item["txID"]),
                transaction_id=str(item.get("txID", "")),
                location=self._spec.deposit_location,
                token=item["coin"],
                amount=decimal(item["amount"]),
            )
            for item in sorted(listed, key=lambda item: int(item["successAt"] or 0))
            if str(item["status"]) == DEPOSIT_CREDITED
        )

    @asks
    def trades_since(self, instrument: Instrument, since: int) -> Sequence[VenueTrade]:
        """See ``EventFeed``."""
        fields = {"category": category(instrument), "symbol": instrument.symbol, "limit": 100}
        listed = self._over_time(self._gateway.exchange.privateGetV5ExecutionList, fields, "list", since, WEEK_MS)
        found = {str(item["execId"]): item for item in listed if item["execType"] != "Funding"}
        return tuple(
            VenueTrade(
                fill=read_fill(instrument, item),
                venue_order_id=str(item["orderId"]),
                wire_id=str(item.get("orderLinkId") or ""),
            )
            for item in sorted(found.values(), key=lambda item: int(item["execTime"]))
        )

    def ordered_as(self, instrument: Instrument, trade: VenueTrade) -> str:
        """See ``EventFeed``."""
        return trade.wire_id

    def _executions(self, since: int, kind: str) -> list[Mapping[str, Any]]:
        fields = {"category": "linear", "execType": kind, "limit": 100}
        listed = self._over_time(self._gateway.exchange.privateGetV5ExecutionList, fields, "list", since, WEEK_MS)
        found = {str(item["execId"]): item for item in listed}
        return sorted(found.values(), key=lambda item: int(item["execTime"]))

    def _over_time(
        self, call: Any, fields: Mapping[str, Any], name: str, since: int, longest_ms: int
    ) -> list[Mapping[str, Any]]:
        """Everything from ``since`` on, in windows of the longest time that one request may span."""
        now = self._now_ms()
        found: list[Mapping[str, Any]] = []
        while True:
            found += self._pages(call, {**fields, "startTime": since, "endTime": since + longest_ms}, name)
            since += longest_ms
            if since > now:
                return found

    def _pages(self, call: Any, fields: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        cursor = ""
        while True:
            result = self._gateway.ask(call, {**fields, **({"cursor": cursor} if cursor else {})})["result"]
            found += result[name] or []
            following = result.get("nextPageCursor") or ""
            if not following or following == cursor or not result[name]:
                return found
            cursor = following

    def _funding(self, item: Mapping[str, Any]) -> FundingPayment:
        """``execFee`` above 0 was paid. Of the rate only the size is taken: its sign follows from who paid."""
        size = decimal(item["execQty"])
        quantity = size if item["side"] == "Buy" else -size
        paid = decimal(item["execFee"])
        rate = abs(decimal(item["feeRate"]))
        return funding_payment(
            self._perps[item["symbol"]],
            nanoseconds(item["execTime"]),
            -paid,
            rate if (paid > 0) == (quantity > 0) else -rate,
            decimal(item.get("markPrice") or item["execPrice"]),
            quantity,
        )

    def _taken(self, moment: int, counted_to: int) -> Decimal:
        """What a liquidation took beyond its executions: entries of the log that belong to no trade, each once."""
        fields = {
            "accountType": "UNIFIED",
            "currency": self._spec.margin_currency,
            "type": "LIQUIDATION",
            "startTime": max(moment - AROUND_MS, counted_to + 1),
            "endTime": moment + AROUND_MS,
            "limit": 50,
        }
        entries = self._pages(self._gateway.exchange.privateGetV5AccountTransactionLog, fields, "list")
        return -sum((decimal(entry["change"]) for entry in entries if not entry["tradeId"]), ZERO)

    def _liquidations(self, trades: Sequence[Mapping[str, Any]]) -> list[LiquidationReport]:
        known = [trade for trade in trades if trade["symbol"] in self._perps]
        reports: list[LiquidationReport] = []
        counted_to = 0
        for moment, together in groupby(known, lambda trade: int(trade["execTime"])):
            reports.append(
                LiquidationReport(
                    timestamp=nanoseconds(moment),
                    venue=self._spec.venue,
                    location=self._spec.margin_location,
                    fills=tuple(read_fill(self._perps[trade["symbol"]], trade) for trade in together),
                    to_insurance=self._taken(moment, counted_to),
                    quote=self._spec.margin_currency,
                    reason="the venue closed the positions for want of margin",
                )
            )
            counted_to = moment + AROUND_MS
        return reports
