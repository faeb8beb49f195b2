"""What can happen to a withdrawal on its way: it arrives short, in two parts, untraceable, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

import msgspec

from basis_strategy_v1.core.domain.quantities import ONE, ZERO, step_down
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

MishapMode = Literal["short", "split", "lost"]
PART_STEP = Decimal("0.01")


class Mishap(msgspec.Struct, frozen=True, kw_only=True):
    """Befalls one withdrawal.

    Attributes:
        amount: of ``short``, what is missing on arrival; nothing arrives where that is all of it.
        share: of ``split``, what comes first.
        seconds: of ``split``, how much later the rest comes.
        untraced: the receiver shows another transaction than the sender.
    """

    mode: MishapMode = "short"
    amount: Decimal = ZERO
    share: Decimal = Decimal("0.5")
    seconds: int = 0
    untraced: bool = False

    def parts(self, received: Decimal) -> list[tuple[Decimal, int]]:
        """What arrives instead of ``received``, each with how much later (ns) than it would have."""
        if self.mode == "lost":
            return []
        if self.mode == "short":
            left = received - self.amount
            return [(left, 0)] if left > 0 else []
        first = step_down(received * self.share, PART_STEP)
        return [(first, 0), (received - first, self.seconds * NANOSECONDS_PER_SECOND)]


def mishap_of(options: Mapping[str, Any]) -> Mishap:
    """A mishap from a fault's options.

    Raises:
        ComponentError: CFG-003 for options that are none.
    """
    try:
        mishap = msgspec.convert(dict(options), Mishap)
        # Comparing what is no number at all is trapped as an invalid operation.
        if not (ZERO <= mishap.amount < Decimal("Infinity") and ZERO <= mishap.share <= ONE and mishap.seconds >= 0):
            raise ValueError("amount and seconds are from 0 on, share from 0 to 1")
        return mishap
    except (msgspec.ValidationError, InvalidOperation, ValueError) as error:
        modes = ", ".join(get_args(MishapMode))
        raise ComponentError("CFG-003", f"withdrawal_astray: {error}", remedy=f"Modes: {modes}.") from error
