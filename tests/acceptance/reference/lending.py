"""pure_lending in a plain loop over the rows: one supply at the first row that gas allows, then the index."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal, localcontext

from tests.acceptance.reference.parameters import Outcome
from tests.acceptance.reference.series import Dataset

RAY = 10**27
SECONDS_PER_YEAR = 31_536_000
NANOSECONDS_PER_SECOND = 10**9
MICRO = Decimal("1e-6")


@dataclass(frozen=True)
class LendingRun:
    """All USDT of the wallet supplied. ``gas_units`` is what the first supply uses, its approval included."""

    rate: str
    base_fee: str
    priority_fee: str
    ether: str
    ether_tick: Decimal
    capital: Decimal = Decimal(100_000)
    gas_units: int = 216_203 + 46_000
    gas_price_cap: Decimal = Decimal(150)

    def columns(self) -> list[str]:
        """Every column the run reads."""
        return [self.rate, self.base_fee, self.priority_fee, self.ether]


def run_lending(run: LendingRun, data: Dataset) -> Outcome:
    """The run over all rows of ``data``; ``fees`` of the outcome is the gas paid."""
    with localcontext(Context(prec=60)):
        return _compute(run, data)


def _compute(run: LendingRun, data: Dataset) -> Outcome:
    outcome = Outcome(timestamps=data.timestamps)
    indices = supply_indices(data.raw(run.rate), data.timestamps)
    ether = data.series(run.ether, run.ether_tick).decimals()
    gas_prices = _gas_prices(run, data)
    wallet, scaled = run.capital, 0
    for row, index in enumerate(indices):
        if scaled == 0 and gas_prices[row] <= run.gas_price_cap:
            gas = gas_prices[row] * run.gas_units * Decimal("1e-9") * ether[row]
            gas = gas.quantize(MICRO, rounding=ROUND_CEILING)
            scaled = int((wallet - gas) / MICRO) * RAY // index
            wallet = Decimal(0)
            outcome.fees += gas
        outcome.nav.append(wallet + scaled * MICRO * index / RAY)
    outcome.final_nav = outcome.nav[-1]
    return outcome


def supply_indices(rates: list[float], timestamps: list[int]) -> list[int]:
    """The supply index of every row in ray, one ray at the first; a row's yearly rate holds until the next row."""
    indices, index = [RAY], RAY
    for row in range(1, len(rates)):
        rate = int(Decimal(repr(rates[row - 1])).scaleb(27))
        seconds = (timestamps[row] - timestamps[row - 1]) // NANOSECONDS_PER_SECOND
        growth = RAY + rate * seconds // SECONDS_PER_YEAR
        index = (index * growth + RAY // 2) // RAY
        indices.append(index)
    return indices


def _gas_prices(run: LendingRun, data: Dataset) -> list[Decimal]:
    """Base and priority fee in gwei, to whole wei."""
    prices = zip(data.raw(run.base_fee), data.raw(run.priority_fee), strict=True)
    return [Decimal(round((base + priority) * 10**9)).scaleb(-9) for base, priority in prices]
