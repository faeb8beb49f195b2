"""The error of something that provably never left."""

from __future__ import annotations

from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class NotSentError(ComponentError):
    """Not a byte of the instruction has left this machine.

    A live backend raises it from a tell, and only there: whatever else it raises leaves open what happened.
    """
