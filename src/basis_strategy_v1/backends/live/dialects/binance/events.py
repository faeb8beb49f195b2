"""Binance: funding, liquidations and deposits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

DEPOSIT_CREDITED = 1
PAGE = 1000
FORCED = ("autoclose-", "adl_autoclose")


class BinanceEvents:
    """What happens to a classic account by itself."""

    def __init__(self, spot: Gateway, futures: Gateway, spec: VenueSpec, instruments: Sequence[Instrument]) -> None:
        self._spot = spot
        self._futures = futures
        self._spec = spec
        self._perps = {item.symbol: item for item in instruments if item.trade_type == "perp"}

    @asks
    def settlements_since(self, since: int) -> Sequence[FundingPayment | LiquidationReport]:
        """See ``EventFeed``. The income history tells of both; details are asked for where there are any."""
        income = self._income(since)
        events: list[FundingPayment | LiquidationReport] = [
            self._funding(item) for item in income if item["incomeType"] == "FUNDING_FEE"
        ]
        cleared = [item for item in income if item["incomeType"] == "INSURANCE_CLEAR"]
        if cleared:
            events.append(self._liquidation(cleared, since))
        return sorted(events, key=lambda event: event.timestamp)

    @asks
    def deposits_since(self, since: int) -> Sequence[VenueDeposit]:
        """See ``EventFeed``."""
        fields = {"startTime": since, "status": DEPOSIT_CREDITED, "limit": PAGE}
        listed = self._spot.ask(self._spot.exchange.sapiGetCapitalDepositHisrec, fields)
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
        )

    @asks
    def trades_since(self, instrument: Instrument, since: int) -> Sequence[VenueTrade]:
        """See ``EventFeed``. Pages go on by trade id, which counts per instrument."""
        spot = instrument.trade_type == "spot"
        gateway = self._spot if spot else self._futures
        call = gateway.exchange.privateGetMyTrades if spot else gateway.exchange.fapiPrivateGetUserTrades
        fields: dict[str, Any] = {"startTime": since}
        found: dict[int, VenueTrade] = {}
        while True:
            page = gateway.ask(call, {"symbol": instrument.symbol, "limit": PAGE, **fields})
            for trade in page:
                side: Side = "buy" if trade["isBuyer" if spot else "buyer"] else "sell"
                fill = read_fill(instrument, side, trade["id"], trade)
                found[int(trade["id"])] = VenueTrade(fill=fill, venue_order_id=str(trade["orderId"]))
            if len(page) < PAGE:
                return tuple(found[number] for number in sorted(found))
            fields = {"fromId": max(found) + 1}

    @asks
    def ordered_as(self, instrument: Instrument, trade: VenueTrade) -> str:
        """See ``EventFeed``. Executions name the order alone, so that is asked for."""
        spot = instrument.trade_type == "spot"
        gateway = self._spot if spot else self._futures
        call = gateway.exchange.privateGetOrder if spot else gateway.exchange.fapiPrivateGetOrder
        order = gateway.look_up(call, {"symbol": instrument.symbol, "orderId": trade.venue_order_id})
        return "" if order is None else generation_of(str(order["clientOrderId"]))[0]

    def _income(self, since: int) -> list[Mapping[str, Any]]:
        """All income at or after ``since``, page by page; pages meet at a time, so what they share is dropped."""
        found: dict[str, Mapping[str, Any]] = {}
        while True:
            fields = {"startTime": since, "limit": PAGE}
            page = self._futures.ask(self._futures.exchange.fapiPrivateGetIncome, fields)
            before = len(found)
            found |= {f"{item['tranId']}.{item['incomeType']}.{item['symbol']}": item for item in page}
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

    def _liquidation(self, cleared: Sequence[Mapping[str, Any]], since: int) -> LiquidationReport:
        fills = tuple(
            fill for symbol in self._perps for order in self._forced(symbol, since) for fill in self._fills_of(order)
        )
        paid: Decimal = -sum((decimal(item["income"]) for item in cleared), ZERO)
        return LiquidationReport(
            timestamp=max(nanoseconds(item["time"]) for item in cleared),
            venue=self._spec.venue,
            location=self._spec.margin_location,
            fills=fills,
            to_insurance=paid,
            quote=self._spec.margin_currency,
            reason="the venue closed the positions for want of margin",
        )

    def _forced(self, symbol: str, since: int) -> list[Mapping[str, Any]]:
        """Orders of the venue's own, which it marks by their client ids."""
        fields = {"symbol": symbol, "startTime": since, "limit": PAGE}
        orders = self._futures.ask(self._futures.exchange.fapiPrivateGetAllOrders, fields)
        return [order for order in orders if str(order["clientOrderId"]).startswith(FORCED)]

    def _fills_of(self, order: Mapping[str, Any]) -> list[Fill]:
        instrument = self._perps[order["symbol"]]
        fields = {"symbol": order["symbol"], "orderId": order["orderId"]}
        trades = self._futures.ask(self._futures.exchange.fapiPrivateGetUserTrades, fields)
        side: Side = "buy" if order["side"] == "BUY" else "sell"
        return [read_fill(instrument, side, trade["id"], trade) for trade in trades]
