"""What a connection to a real venue is made with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrivals

if TYPE_CHECKING:
    from basis_strategy_v1.backends.live.dialects.dialect import TransferDesk


class WithdrawalTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An address that withdrawals may go to: what the system calls it, and what the venue needs to reach it."""

    location: str
    token: str
    address: str
    network: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveVenueOptions:
    """How one venue is reached.

    Attributes:
        now_ns: the time that the venue lives in (ns UTC): the machine's, or that of the local venues.
        wait: waits that many seconds on the same clock.
        environment: ``dev``, ``staging`` or ``prod``.
        testnet: use the venue's own test host.
        host: base address of local venues (``http://127.0.0.1:8800``), None for the venue itself.
        timeout: seconds after which an answer counts as lost.
        requests_per_minute: requests of weight 1 allowed a minute, where that is less than the venue's usual limit;
            local venues have none of their own.
        markets_directory: where the venue's instrument lists are kept between starts; nowhere when None.
        markets_max_age: seconds after which a kept list is fetched anew.
        withdrawal_targets: where withdrawals may go; a withdrawal elsewhere is refused.
        transfer_seconds: how long a withdrawal usually takes to arrive.
        lookup_attempts: how often an acknowledged order is asked for until it shows.
        arrivals: transfers on their way, shared by all venues of a run.
        receivers: by location, who can be asked whether it takes deposits; shared as well, each venue puts itself in.
        machine_ns: the machine's clock, with which requests are signed.
        adapter: a ``requests`` transport adapter to use in the place of sockets.
    """

    now_ns: Callable[[], int]
    wait: Callable[[float], None]
    environment: str = "dev"
    testnet: bool = False
    host: str | None = None
    timeout: float = 15.0
    requests_per_minute: int | None = None
    markets_directory: Path | None = None
    markets_max_age: float = 86_400.0
    withdrawal_targets: tuple[WithdrawalTarget, ...] = ()
    transfer_seconds: float = 1_800.0
    lookup_attempts: int = 8
    arrivals: ExpectedArrivals = field(default_factory=ExpectedArrivals)
    receivers: dict[str, TransferDesk] = field(default_factory=dict)
    machine_ns: Callable[[], int] = time.time_ns
    adapter: Any = None

    @property
    def is_local(self) -> bool:
        """Whether local venues are meant."""
        return self.host is not None or self.adapter is not None
