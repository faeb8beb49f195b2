"""Processes that trade at a local venue over HTTP and are killed with SIGKILL, again and again, until all is done.

The journal lies on the disk, the venue answers in another process, and waiting moves the venue's clock. A kill hits
before or after each request, around each write of the journal, and between a transaction's statements and its commit.
``BASIS_CRASH_EXHAUSTIVE=1`` (``make test-crash``) kills at every point of every story, with and without lost answers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.in_process import InProcessAdapter
from basis_strategy_v1.sandbox.server import serve
from basis_strategy_v1.sandbox.world import build_world
from ccxt_lives import TOLD, VENUES, WorldTime, home_of, market_of, stories_of, verify_local
from killed_client import KilledClients

EXHAUSTIVE = os.environ.get("BASIS_CRASH_EXHAUSTIVE") == "1"
KILLS_PER_VENUE = 52
LONGEST_LIFE = 120


@pytest.fixture(scope="module")
def clients() -> Iterator[KilledClients]:
    made = KilledClients()
    yield made
    made.stop()


@pytest.fixture
def kills(clients: KilledClients, record_property: Callable[[str, object], None]) -> Iterator[None]:
    before = clients.kills
    yield
    record_property("processes killed with SIGKILL", clients.kills - before)


def lived(
    clients: KilledClients, folder: Path, venue: str, story: str, deaths: Sequence[int], fault: str = ""
) -> list[bool]:
    """Lives that are to end at ``deaths``, and one that lives on; whether each of the former was killed."""
    use_ledger_context()
    rules = [FaultRule(kind=fault, endpoint=TOLD[venue]["move" if story == "move" else "place"])] if fault else []  # type: ignore[arg-type]
    world = build_world(market_of(venue), (venue,), model=fill_model("none"), faults=rules)
    application = SandboxApplication(world)
    path = folder / f"{venue}-{story}-{fault}-{'-'.join(map(str, deaths))}.db"
    with serve(application) as server:
        killed = [clients.live(path, server.url, venue, story, death) for death in deaths]
        assert not clients.live(path, server.url, venue, story)
    home = home_of(venue, lambda: InProcessAdapter(application), WorldTime(world), folder, world)
    verify_local(path, stories_of(venue)[story], home)
    assert application.failures == []
    return killed


@pytest.mark.usefixtures("kills")
@pytest.mark.parametrize("venue", VENUES)
def test_a_process_that_is_killed_again_and_again_does_everything_once(
    clients: KilledClients, tmp_path: Path, venue: str
) -> None:
    names = list(stories_of(venue))
    before = clients.kills
    for number in range(40):
        # The first death moves on through the whole life; those after it fall into the recoveries.
        first = 3 + number * 5
        deaths = (first, *(1 + (first + 7 * life) % 31 for life in range(1, 6)))
        lived(clients, tmp_path, venue, names[number % len(names)], deaths)
        if clients.kills - before >= KILLS_PER_VENUE:
            break
    assert clients.kills - before >= KILLS_PER_VENUE


@pytest.mark.usefixtures("kills")
@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("fault", ["close_after", "http_5xx_after"])
def test_a_process_killed_beside_a_lost_answer_sends_nothing_twice(
    clients: KilledClients, tmp_path: Path, venue: str, fault: str
) -> None:
    for death in range(1, LONGEST_LIFE) if EXHAUSTIVE else (33,):
        if not any(lived(clients, tmp_path, venue, "perp", (death,), fault)):
            break


if EXHAUSTIVE:

    @pytest.mark.usefixtures("kills")
    @pytest.mark.parametrize(("venue", "story"), [(venue, story) for venue in VENUES for story in stories_of(venue)])
    def test_a_process_may_be_killed_at_every_point(
        clients: KilledClients, tmp_path: Path, venue: str, story: str
    ) -> None:
        for death in range(1, LONGEST_LIFE):
            if not any(lived(clients, tmp_path, venue, story, (death,))):
                break
