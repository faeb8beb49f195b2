"""How long to wait before what was refused is tried again: a rule of time alone, so both drives wait alike."""

from __future__ import annotations

from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE

FIRST_WAIT = NANOSECONDS_PER_MINUTE
LONGEST_WAIT = 8 * 60 * NANOSECONDS_PER_MINUTE


class Backoff:
    """Waits a minute after the first refusal, twice as long after each further one, eight hours at most."""

    def __init__(self) -> None:
        self._wait = 0
        self.until: int | None = None
        """When the wait ends (ns); None when there is none."""

    def refused(self, now: int) -> None:
        """Nothing came of it: wait."""
        self._wait = min(2 * self._wait or FIRST_WAIT, LONGEST_WAIT)
        self.until = now + self._wait

    def clear(self) -> None:
        """It worked, or what was refused is not wanted any more: the next refusal is a first one."""
        self._wait = 0
        self.until = None

    def is_over(self, now: int) -> bool:
        """Whether a wait has ended and what was refused is due again; it stays due until it is refused or works."""
        return self.until is not None and now >= self.until

    def is_waiting(self, now: int) -> bool:
        """Whether it is too early; the wait is over once this has said no."""
        if self.until is None:
            return False
        if now < self.until:
            return True
        self.until = None
        return False
