"""``basis sandbox``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from basis_strategy_v1.cli.options import SAMPLE, data_directory

if TYPE_CHECKING:
    import threading

    from basis_strategy_v1.sandbox.clock import SandboxClock

MANUAL = "manual"


@click.group(no_args_is_help=False)
def sandbox() -> None:
    """Local venues that speak the real protocols."""


@sandbox.command
@click.option(
    "--data",
    metavar="DIR",
    default=SAMPLE,
    show_default=True,
    help="Dataset that the venues replay; 'sample:' is the embedded one.",
)
@click.option("--port", metavar="N", default=8765, show_default=True, help="Loopback port; 0 takes a free one.")
@click.option(
    "--speed",
    metavar="X|manual",
    default="60",
    show_default=True,
    help="Venue seconds per real second, or moved by hand.",
)
@click.option("--venues", metavar="A,B", default="", help="Venues to open; all four by default.")
@click.option("--faults", metavar="FILE", type=click.Path(path_type=Path), help="Faults to play, as YAML or JSON.")
@click.option("--balance", multiple=True, metavar="PLACE:ASSET=N", help="Opening balance, such as binance:USDT=50000.")
@click.option("--start", metavar="ISO", help="Where in the data to start, UTC.")
def up(
    data: str,
    port: int,
    speed: str,
    venues: str,
    faults: Path | None,
    balance: tuple[str, ...],
    start: str | None,
) -> None:
    """Serve local venues that speak the real REST protocols, for trying a strategy with no money."""
    from basis_strategy_v1.cli.extras import require_signing
    from basis_strategy_v1.cli.sandbox_options import (
        chosen_venues,
        clock_options,
        opening_balances,
        read_faults,
        start_time,
    )
    from basis_strategy_v1.sandbox.application import SandboxApplication
    from basis_strategy_v1.sandbox.dataset_market import load_sandbox_market
    from basis_strategy_v1.sandbox.server import serve
    from basis_strategy_v1.sandbox.world import build_world

    names = chosen_venues(venues)
    require_signing(names)
    mode, factor = clock_options(speed)
    balances = opening_balances(list(balance), names)
    rules = read_faults(faults)
    loaded = load_sandbox_market(data_directory(data) or Path(data), names, start_time(start))
    world = build_world(loaded.market, names, balances, clock_mode=mode, speed=factor, faults=rules)
    ended = _end_on_signals()
    with serve(SandboxApplication(world), port) as running:
        _announce(running.url, loaded.name, loaded.notes, world.clock, names)
        ended.wait()
    print(f"stopped  after {world.requests.total} requests")


def _announce(url: str, dataset: str, notes: list[str], clock: SandboxClock, venues: list[str]) -> None:
    from basis_strategy_v1.cli.sandbox_options import hedge_option
    from basis_strategy_v1.core.domain.timestamps import to_iso
    from basis_strategy_v1.sandbox.credentials import environment_variables

    pace = "moved by hand" if clock.mode == MANUAL else f"{clock.speed:g} times as fast as real time"
    print(f"url      {url}")
    print(f"venues   {', '.join(venues)}")
    print(f"dataset  {dataset}, {clock.last_row + 1} rows to {to_iso(clock.row_time(clock.last_row))}")
    print(f"clock    {to_iso(clock.now_ns())}, {pace}")
    for note in notes:
        print(f"note     {note}")
    for name, value in environment_variables(venues).items():
        print(f"export {name}={value}")
    print(f"try      basis live btc_basis --env dev --sandbox {url}{hedge_option(venues)}")
    print(f"steer    curl -X POST {url}/sandbox/clock/advance -d '{{\"rows\": 1}}'")
    print("stop     Ctrl-C or SIGTERM", flush=True)


def _end_on_signals() -> threading.Event:
    """What SIGTERM and Ctrl-C set from now on."""
    import signal
    import threading

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    return ended
