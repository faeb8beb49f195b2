"""Where withdrawals may go in a run against local venues: to the other local venues, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from basis_strategy_v1.backends.live.live_time import local_answer
from basis_strategy_v1.backends.live.options import WithdrawalTarget
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

ANY_LOCAL_HOST = "http://127.0.0.1"


def local_targets(specs: Sequence[VenueSpec], host: str | None, adapter: Any) -> tuple[WithdrawalTarget, ...]:
    """The deposit addresses that local venues tell; none where venues are real: those a person lists."""
    if host is None and adapter is None:
        return ()
    import requests

    with requests.Session() as session:
        if adapter is not None:
            session.mount("http://", adapter)
        addresses: dict[str, str] = local_answer(session, "GET", f"{host or ANY_LOCAL_HOST}/sandbox/addresses")
    return tuple(
        WithdrawalTarget(location=location, token=token, address=addresses[spec.venue])
        for spec in specs
        if spec.venue in addresses
        for location in dict.fromkeys((spec.venue, spec.deposit_location))
        for token in _tokens(spec)
    )


def _tokens(spec: VenueSpec) -> tuple[str, ...]:
    bases = {instrument.base for instrument in spec.instruments if instrument.trade_type == "spot"}
    return (spec.margin_currency, *sorted(bases))
