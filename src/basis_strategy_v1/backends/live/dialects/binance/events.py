"""Binance: funding, liquidations and deposits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.binance.orders import generation_of, read_fill
from basis_strategy_v1.backends.live.dialects.understanding import asks
from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit, VenueTrade, decimal, nanoseconds
from basis_strategy_v1.backends.live.funding_payments import funding_payment
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import FundingPayment, LiquidationReport
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

DEPOSIT_CREDITED = (1, 6)
"""Success, and credited with withdrawals still barred: the money is in the balance already."""
FUNDING, CLEARANCE = "FUNDING_FEE", "INSURANCE_CLEAR"
PAGE = 1000
FORCED = ("autoclose-", "adl_autoclose")
WEEK_MS = 7 * 86_400_000 - 1
QUARTER_MS = 90 * 86_400_000 - 1
AROUND_MS = 1_000
"""How much earlier than the execution that it belongs to a clearance may be dated."""


class BinanceEvents:
    """What happens to a classic account by itself.

    Args:
        now_ms: the venue's time.
        has_wallet: whether there is a wallet API, which tells of deposits; the venue's test host has none.
    """

    def __init__(
        self,
        spot: Gateway,
        futures: Gateway,
        spec: VenueSpec,
        instruments: Sequence[Instrument],
        now_ms: Callable[[], int],
        *,
        has_wallet: bool = True,
    ) -> None:
        self._has_wallet = has_wallet
        self._spot = spot
        self._now_ms = now_ms
        self._futures = futures
        self._spec = spec
        self._perps = {item.symbol: item for item in instruments if item.trade_type == "perp"}

    @asks
    def settlements_since(self, since: int) -> Sequence[FundingPayment | LiquidationReport]:
        """See ``EventFeed``. The income history tells of both; details are asked for where there are any."""
        # A clearance that is dated just before is wanted too: no execution of it is taken for one of the next.
        income = self._income(since - AROUND_MS)
        events: list[FundingPayment | LiquidationReport] = [
            self._funding(item)
            for item in income
            if item["incomeType"] == FUNDING and item["symbol"] in self._perps and int(item["time"]) >= since
        ]
        cleared = [item for item in income if item["incomeType"] == CLEARANCE]
        if cleared:
            events += self._liquidations(cleared, since)
        return sorted(events, key=lambda event: event.timestamp)

    @asks
    def deposits_since(self, since: int) -> Sequence[VenueDeposit]:
        """See ``EventFeed``."""
        if not self._has_wallet:
            return ()
        call = self._spot.exchange.sapiGetCapitalDepositHisrec
        listed = [
            item for times in self._spans(since, QUARTER_MS) for item in self._spot.ask(call, {**times, "limit": PAGE})
        ]
        return tuple(
            VenueDeposit(
                timestamp=nanoseconds(item.get("completeTime") or item["insertTime"]),
                deposit_id=str(item["id"]),
                transaction_id=str(item.get("txId", "")),
                location=self._spec.deposit_location,
                token=item["coin"],
                amount=decimal(item["amount"]),
            )
            for item in sorted(listed, key=lambda item: int(item["insertTime"]))
            if int(item["status"]) in DEPOSIT_CREDITED
        )

    @asks
    def trades_since(self, instrument: Instrument, since: int) -> Sequence[VenueTrade]:
        """See ``EventFeed``. Of futures a request covers a week at most, of spot all from a time on."""
        found: dict[int, VenueTrade] = {}
        spans = [{"startTime": since}] if instrument.trade_type == "spot" else self._spans(since, WEEK_MS)
        for times in spans:
            found |= self._trades(instrument, times)
        return tuple(found[number] for number in sorted(found))

    @asks
    def ordered_as(self, instrument: Instrument, trade: VenueTrade) -> str:
        """See ``EventFeed``. Executions name the order alone, so that is asked for."""
        spot = instrument.trade_type == "spot"
        gateway = self._spot if spot else self._futures
        call = gateway.exchange.privateGetOrder if spot else gateway.exchange.fapiPrivateGetOrder
        order = gateway.look_up(call, {"symbol": instrument.symbol, "orderId": trade.venue_order_id})
        return "" if order is None else generation_of(str(order["clientOrderId"]))[0]

    def _trades(self, instrument: Instrument, times: Mapping[str, int]) -> dict[int, VenueTrade]:
        """Executions by trade id, which counts per instrument: pages go on by it."""
        spot = instrument.trade_type == "spot"
        gateway = self._spot if spot else self._futures
        call = gateway.exchange.privateGetMyTrades if spot else gateway.exchange.fapiPrivateGetUserTrades
        found: dict[int, VenueTrade] = {}
        fields = times
        while True:
            page = gateway.ask(call, {"symbol": instrument.symbol, "limit": PAGE, **fields})
            for trade in page:
                side: Side = "buy" if trade["isBuyer" if spot else "buyer"] else "sell"
                fill = read_fill(instrument, side, trade["id"], trade)
                found[int(trade["id"])] = VenueTrade(fill=fill, venue_order_id=str(trade["orderId"]))
            if len(page) < PAGE:
                return found
            fields = {"fromId": max(found) + 1}

    def _spans(self, since: int, longest_ms: int) -> Iterator[dict[str, int]]:
        """The times of requests from ``since`` on until now, where one may cover ``longest_ms`` at most."""
        now = self._now_ms()
        while True:
            yield {"startTime": since, "endTime": since + longest_ms}
            since += longest_ms + 1
            if since > now:
                return

    def _income(self, since: int) -> list[Mapping[str, Any]]:
        """Funding and clearances at or after ``since``, and whatever else one request tells.

        Where that is a page, each kind is asked for by itself: a single order can fill several pages within a
        millisecond, and pages go on by time.
        """
        fields = {"startTime": since, "limit": PAGE}
        page: list[Mapping[str, Any]] = self._futures.ask(self._futures.exchange.fapiPrivateGetIncome, fields)
        if len(page) < PAGE:
            return page
        return [item for kind in (FUNDING, CLEARANCE) for item in self._income_of(kind, since)]

    def _income_of(self, kind: str, since: int) -> list[Mapping[str, Any]]:
        """Income of one kind at or after ``since``; pages meet at a time, so what they share is dropped."""
        found: dict[str, Mapping[str, Any]] = {}
        while True:
            fields = {"incomeType": kind, "startTime": since, "limit": PAGE}
            page = self._futures.ask(self._futures.exchange.fapiPrivateGetIncome, fields)
            before = len(found)
            found |= {f"{item['tranId']}.{item['symbol']}.{item['time']}": item for item in page}
            if len(page) < PAGE or len(found) == before:
                return list(found.values())
            since = max(int(item["time"]) for item in page)

    def _funding(self, item: Mapping[str, Any]) -> FundingPayment:
        instrument = self._perps[item["symbol"]]
        fields = {"symbol": item["symbol"], "startTime": int(item["time"]) - 60_000, "limit": 1}
        rates = self._futures.ask(self._futures.exchange.fapiPublicGetFundingRate, fields)
        rate = decimal(rates[0]["fundingRate"]) if rates else ZERO
        mark = decimal(rates[0].get("markPrice")) if rates else ZERO
        return funding_payment(instrument, nanoseconds(item["time"]), decimal(item["income"]), rate, mark)

    def _liquidations(self, cleared: Sequence[Mapping[str, Any]], since: int) -> list[LiquidationReport]:
        """One for each time at which insurance was paid, with what was executed since the one before.

        So a report stays what it is when the venue goes on closing, and no execution is in two of them.
        """
        paid: dict[int, Decimal] = {}
        for item in cleared:
            moment = int(item["time"])
            paid[moment] = paid.get(moment, ZERO) - decimal(item["income"])
        fills: dict[int, list[Fill]] = {moment: [] for moment in paid}
        orders = [order for symbol in self._perps for order in self._forced(symbol, since)]
        for time, fill in (traded for order in orders for traded in self._fills_of(order)):
            cleared_at = min((moment for moment in paid if moment >= time - AROUND_MS), default=None)
            if cleared_at is not None:
                fills[cleared_at].append(fill)
        return [
            LiquidationReport(
                timestamp=nanoseconds(moment),
                venue=self._spec.venue,
                location=self._spec.margin_location,
                fills=tuple(fills[moment]),
                to_insurance=to_insurance,
                quote=self._spec.margin_currency,
                reason="the venue closed the positions for want of margin",
            )
            for moment, to_insurance in paid.items()
        ]

    def _forced(self, symbol: str, since: int) -> list[Mapping[str, Any]]:
        """Orders of the venue's own, which it marks by their client ids."""
        call = self._futures.exchange.fapiPrivateGetAllOrders
        orders = [
            order
            for times in self._spans(since, WEEK_MS)
            for order in self._futures.ask(call, {"symbol": symbol, "limit": PAGE, **times})
        ]
        return [order for order in orders if str(order["clientOrderId"]).startswith(FORCED)]

    def _fills_of(self, order: Mapping[str, Any]) -> list[tuple[int, Fill]]:
        """The executions of an order, each with its time in ms."""
        instrument = self._perps[order["symbol"]]
        start = int(order["time"]) - AROUND_MS
        fields = {"symbol": order["symbol"], "orderId": order["orderId"], "limit": PAGE}
        fields |= {"startTime": start, "endTime": start + WEEK_MS}
        trades = self._futures.ask(self._futures.exchange.fapiPrivateGetUserTrades, fields)
        side: Side = "buy" if order["side"] == "BUY" else "sell"
        return [(int(trade["time"]), read_fill(instrument, side, trade["id"], trade)) for trade in trades]
