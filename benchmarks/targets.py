"""What the figures are held against: a floor that must be met and a goal."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """``floor`` must be met, ``goal`` is aimed at; ``higher`` says which side is better."""

    floor: float
    goal: float
    higher: bool

    def verdict(self, value: float) -> str:
        """``goal``, ``floor`` or ``MISSED``."""
        if self._met(value, self.goal):
            return "goal"
        return "floor" if self._met(value, self.floor) else "MISSED"

    def _met(self, value: float, bound: float) -> bool:
        return value >= bound if self.higher else value <= bound


class Cost(NamedTuple):
    """A run costs ``rows / rows_per_s + instructions * instruction_us``."""

    rows_per_s: float
    instruction_us: float

    def seconds(self, rows: float, instructions: float) -> float:
        return rows / self.rows_per_s + instructions * self.instruction_us * 1e-6


W1_ROWS_PER_S = {"1min-1y": Target(8e6, 14e6, higher=True), "1h-5y": Target(0.5e6, 0.7e6, higher=True)}
W1_FLOOR, W1_GOAL = Cost(15e6, 35.0), Cost(25e6, 25.0)
BASIS_FLOOR, BASIS_GOAL = Cost(10e6, 35.0), Cost(18e6, 25.0)
PROCESS_SECONDS = Target(0.6, 0.6, higher=False)
PROCESS_MB = Target(130.0, 130.0, higher=False)
MINUTES_5Y_MB = Target(600.0, 600.0, higher=False)


def basis_elapsed(rows: float, instructions: float) -> Target:
    """The time that btc_basis may take over two venues, everything on."""
    return Target(BASIS_FLOOR.seconds(rows, instructions), BASIS_GOAL.seconds(rows, instructions), higher=False)


def solve_cost(first: tuple[float, float, float], second: tuple[float, float, float]) -> Cost | None:
    """Rows per second and cost of an instruction from two runs, each ``(rows, instructions, elapsed seconds)``.

    None when noise leaves no positive solution.
    """
    rows_a, count_a, seconds_a = first
    rows_b, count_b, seconds_b = second
    determinant = rows_a * count_b - rows_b * count_a
    if determinant == 0:
        return None
    per_row = (seconds_a * count_b - seconds_b * count_a) / determinant
    per_instruction = (rows_a * seconds_b - rows_b * seconds_a) / determinant
    if per_row <= 0 or per_instruction <= 0:
        return None
    return Cost(1.0 / per_row, per_instruction * 1e6)
