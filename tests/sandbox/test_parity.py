"""The same tape of instructions through the simulator and through ccxt on the local venues: the same everything."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.market import Instrument, MarketColumns, quote_asset
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.sandbox.world import opening_balances
from basis_strategy_v1.venues.registry import spec_for
from instruction_tape import KINDS, MONEY_STEP, Player, TapeWriter
from live_venues import LiveVenues
from venue_market import CEX, venue_market

ROWS = 49
INSTRUCTIONS = 500


def _walk(start: float, seed: int, digits: int) -> list[float]:
    """Prices with five digits that go up and down by up to 1 % a row."""
    moves = random.Random(seed)
    prices = [start]
    for _ in range(ROWS - 1):
        prices.append(round(prices[-1] * (1 + moves.uniform(-0.01, 0.01)), digits))
    return prices


def _market(venue: str) -> MarketColumns:
    return venue_market((venue,), ROWS, {"BTC": _walk(60_000.0, 1, 0), "ETH": _walk(3_000.0, 2, 1)})


def _price_of(market: MarketColumns, venue: str) -> Callable[[Instrument, int], Decimal]:
    def price(instrument: Instrument, row: int) -> Decimal:
        columns = (market.spot if instrument.trade_type == "spot" else market.perp)[venue, instrument.symbol]
        return columns.price.decimal(row)

    return price


def _simulated(spec: VenueSpec, market: MarketColumns) -> Player:
    clock = SimulationClock()
    clock.move_to(0, market.time(0))
    opening = opening_balances([spec])
    held = {location: opening.get(location, {}) for location in spec.locations}
    exchange = SimulatedExchange(spec, market, clock, fill_model("square_root"), SimulatedNetwork(), held)
    return Player(exchange, spec, lambda: clock.move_to(clock.row + 1, market.time(clock.row + 1)))


def _largest_difference(some: Any, others: Any) -> Decimal:
    """How far two nests of amounts are apart at most."""
    if isinstance(some, Decimal):
        return abs(some - others)
    if isinstance(some, tuple):
        return max((_largest_difference(*pair) for pair in zip(some, others, strict=True)), default=ZERO)
    assert some.keys() == others.keys()
    return max((_largest_difference(some[key], others[key]) for key in some), default=ZERO)


def _unbooked(player: Player, spec: VenueSpec) -> Decimal:
    """How far what the venue holds is from what the deltas and funding add up to, cash and quote legs together."""
    opening = opening_balances([spec])
    worst = ZERO
    for location, (balances, positions) in player.holdings().items():
        booked = dict(player.changes.get(location, {}))
        for asset, amount in opening.get(location, {}).items():
            booked[asset] = booked.get(asset, ZERO) + amount
        cash = spec.margin_currency
        if location == spec.margin_location:
            booked[cash] = booked.get(cash, ZERO) + sum((payment[3] for payment in player.funding), ZERO)
            for _, cost in positions.values():
                balances[cash] -= cost
            booked[cash] += sum((booked.pop(quote_asset(item.symbol), ZERO) for item in _perps(spec)), ZERO)
            held = {f"{symbol}-PERP": quantity for symbol, (quantity, _) in positions.items()}
            balances |= held
        for asset in booked.keys() | balances.keys():
            worst = max(worst, abs(booked.get(asset, ZERO) - balances.get(asset, ZERO)))
    return worst


def _perps(spec: VenueSpec) -> list[Instrument]:
    return [item for item in spec.instruments if item.trade_type == "perp"]


@pytest.mark.parametrize("venue", CEX)
def test_one_tape_gives_equal_deltas_fees_and_positions(venue: str) -> None:
    spec, market = spec_for(venue), _market(venue)
    venues = LiveVenues([venue], market)
    live = Player(venues.exchanges[venue], spec, lambda: venues.rows(1))
    simulated = _simulated(spec, market)
    writer = TapeWriter(spec, _price_of(market, venue), 7, ROWS)
    for number, instruction in enumerate(writer.write(INSTRUCTIONS)):
        expected = simulated.play(instruction)
        assert live.play(instruction) == expected, (number, instruction)
    assert not venues.application.failures
    assert set(writer.kinds) >= set(KINDS) - ({"fok"} if "fok" not in spec.capabilities else set())
    # Binance writes money with eight digits and books what it writes: each fill may differ by half the last one.
    rounding = MONEY_STEP + (MONEY_STEP / 2 * live.fills if venue == "binance" else 0)
    assert _largest_difference(live.holdings(), simulated.holdings()) <= rounding
    assert _largest_difference(live.fees, simulated.fees) <= rounding
    assert len(live.funding) >= 6
    assert [item[:3] for item in sorted(live.funding)] == [item[:3] for item in sorted(simulated.funding)]
    assert _unbooked(live, spec) <= 2 * MONEY_STEP
