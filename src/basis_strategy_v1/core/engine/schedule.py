"""What is known beforehand to be due."""

from __future__ import annotations

from basis_strategy_v1.core.engine.parts import EngineParts


def next_known_time(parts: EngineParts, flow: int | None, exit_at: int | None, *, asks_strategy: bool) -> int | None:
    """The earliest (ns) of the next flow, the exit, the next expiry and arrival, and what the strategy asks for."""
    earliest = flow
    expiry = parts.next_expiry()
    if expiry is not None and (earliest is None or expiry < earliest):
        earliest = expiry
    for interface in parts.interfaces.values():
        arrival = interface.next_arrival()
        if arrival is not None and (earliest is None or arrival < earliest):
            earliest = arrival
    if asks_strategy:
        asked = parts.strategy.next_time()
        if asked is not None and (earliest is None or asked < earliest):
            earliest = asked
    if exit_at is not None and (earliest is None or exit_at < earliest):
        earliest = exit_at
    return earliest
