"""Hyperliquid: funding, liquidations and deposits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.hyperliquid.coins import Coins, token
from basis_strategy_v1.backends.live.dialects.hyperliquid.orders import digits, read_fill
from basis_strategy_v1.backends.live.dialects.understanding import asks
from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit, VenueTrade, decimal, nanoseconds
from basis_strategy_v1.backends.live.funding_payments import funding_payment
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import FundingPayment, LiquidationReport
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

FUNDING_PAGE = 500
FILLS_PAGE = 2000
PRICE_STEP = Decimal("0.01")


class HyperliquidEvents:
    """What happens to an account by itself."""

    def __init__(self, gateway: Gateway, coins: Coins, spec: VenueSpec, user: str) -> None:
        self._gateway = gateway
        self._coins = coins
        self._spec = spec
        self._user = user

    @asks
    def settlements_since(self, since: int) -> Sequence[FundingPayment | LiquidationReport]:
        """See ``EventFeed``."""
        events: list[FundingPayment | LiquidationReport] = [*self._funding_since(since)]
        updates = self._info("userNonFundingLedgerUpdates", since)
        events += [self._liquidation(update) for update in updates if update["delta"]["type"] == "liquidation"]
        return sorted(events, key=lambda event: event.timestamp)

    @asks
    def deposits_since(self, since: int) -> Sequence[VenueDeposit]:
        """See ``EventFeed``."""
        updates = self._info("userNonFundingLedgerUpdates", since)
        return tuple(deposit for update in updates if (deposit := self._deposit(update)) is not None)

    @asks
    def trades_since(self, instrument: Instrument, since: int) -> Sequence[VenueTrade]:
        """See ``EventFeed``. Pages meet at a time, so what they share is dropped."""
        found: dict[str, Mapping[str, Any]] = {}
        while True:
            page = self._info("userFillsByTime", since)
            before = len(found)
            found |= {str(trade["tid"]): trade for trade in page}
            if len(page) < FILLS_PAGE or len(found) == before:
                break
            since = int(page[-1]["time"])
        coin = self._coins.coin(instrument)
        return tuple(
            VenueTrade(
                fill=read_fill(instrument, trade), venue_order_id=str(trade["oid"]), wire_id=digits(trade.get("cloid"))
            )
            for trade in found.values()
            if trade["coin"] == coin
        )

    def ordered_as(self, instrument: Instrument, trade: VenueTrade) -> str:
        """See ``EventFeed``."""
        return trade.wire_id

    def _funding_since(self, since: int) -> list[FundingPayment]:
        found: dict[tuple[int, str], FundingPayment] = {}
        while True:
            page = self._info("userFunding", since)
            before = len(found)
            for item in page:
                instrument = self._coins.instrument(str(item["delta"]["coin"]))
                if instrument is not None:
                    found[int(item["time"]), instrument.symbol] = _payment(instrument, item)
            if len(page) < FUNDING_PAGE or len(found) == before:
                return list(found.values())
            since = int(page[-1]["time"])

    def _deposit(self, update: Mapping[str, Any]) -> VenueDeposit | None:
        delta = update["delta"]
        if delta["type"] == "deposit":
            location, name, amount = self._spec.margin_location, self._spec.margin_currency, delta["usdc"]
        elif delta["type"] == "spotTransfer" and str(delta["destination"]).lower() == self._user.lower():
            location, name, amount = self._spec.spot_location, token(delta["token"]), delta["amount"]
        else:
            return None
        return VenueDeposit(
            timestamp=nanoseconds(update["time"]),
            deposit_id=f"{update['hash']}.{name}",
            # The hash is one of Hyperliquid's own chain: the transaction that paid has another.
            transaction_id="",
            location=location,
            token=name,
            amount=decimal(amount),
        )

    def _liquidation(self, update: Mapping[str, Any]) -> LiquidationReport:
        moment = int(update["time"])
        trades = self._info("userFillsByTime", moment)
        return LiquidationReport(
            timestamp=nanoseconds(moment),
            venue=self._spec.venue,
            location=self._spec.margin_location,
            fills=tuple(self._liquidation_fills(trades, moment)),
            to_insurance=decimal(update["delta"].get("accountValue")),
            quote=self._spec.margin_currency,
            reason="the venue closed the positions for want of margin",
        )

    def _liquidation_fills(self, trades: Sequence[Mapping[str, Any]], moment: int) -> list[Fill]:
        fills = []
        for trade in trades:
            instrument = self._coins.instrument(str(trade["coin"]))
            if trade.get("liquidation") and int(trade["time"]) == moment and instrument is not None:
                fills.append(read_fill(instrument, trade))
        return fills

    def _info(self, kind: str, since: int) -> list[Mapping[str, Any]]:
        question = {"type": kind, "user": self._user, "startTime": since}
        listed: list[Mapping[str, Any]] = self._gateway.ask(self._gateway.exchange.publicPostInfo, question)
        return listed


def _payment(instrument: Instrument, item: Mapping[str, Any]) -> FundingPayment:
    """The price that funding was counted on follows from amount, size and rate."""
    delta = item["delta"]
    amount, size, rate = decimal(delta["usdc"]), decimal(delta["szi"]), decimal(delta["fundingRate"])
    price = divide_nearest(-amount, size * rate, PRICE_STEP) if size and rate else ZERO
    return funding_payment(instrument, nanoseconds(item["time"]), amount, rate, price, size)
