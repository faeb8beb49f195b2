"""The same deaths as in ``test_crash_exploration`` with real ccxt and the venues' own protocols, no sockets.

``BASIS_CRASH_EXHAUSTIVE=1`` (``make test-crash``) has every fault and pair of faults meet a death at every point.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from basis_strategy_v1.sandbox.faults import FaultRule
from ccxt_lives import VENUES, local_home, scripted_faults, stories_of, verify_local
from crash_lives import fresh_journal, run_story
from unmeasured import unmeasured

EXHAUSTIVE = os.environ.get("BASIS_CRASH_EXHAUSTIVE") == "1"
MEMORY = Path("/dev/shm")
NAMES = ("perp", "spot", "hedge", "resting", "changed", "move", "alike")
CASES = [(venue, name) for venue in VENUES for name in NAMES if name in stories_of(venue)]


class Explorer:
    """Runs one story at one venue again and again, and counts."""

    def __init__(self, venue: str, name: str, folder: Path) -> None:
        self.runs = 0
        self.deaths = 0
        self._venue = venue
        self._story = stories_of(venue)[name]
        self._folder = folder
        self._fresh = fresh_journal(folder)

    def run(self, faults: Sequence[FaultRule] = (), deaths: Sequence[int] = ()) -> int:
        """One run, and what must be true after it; the number of points it passed."""
        path = self._folder / "run.db"
        for old in self._folder.glob("run.db*"):
            old.unlink()
        shutil.copyfile(self._fresh, path)
        home = local_home(self._venue, self._folder, faults)
        try:
            points = run_story(path, self._story, home, deaths)
            verify_local(path, self._story, home)
        except Exception as error:
            error.add_note(f"{self._story.name}, faults {list(faults)}, deaths at {list(deaths)}")
            raise
        self.runs += 1
        self.deaths += len([death for death in deaths if death <= len(points.names)])
        return len(points.names)


@pytest.fixture(params=CASES, ids=["-".join(case) for case in CASES])
def case(request: pytest.FixtureRequest) -> tuple[str, str]:
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
def explorer(case: tuple[str, str], record_property: Callable[[str, object], None]) -> Iterator[Explorer]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        made = Explorer(*case, Path(folder))
        made.run()
        with unmeasured():
            yield made
        record_property("runs of crash exploration over ccxt", made.runs)
        record_property("deaths in memory over ccxt", made.deaths)


def test_a_death_at_each_point(explorer: Explorer, case: tuple[str, str]) -> None:
    step = 1 if EXHAUSTIVE else 2 if case[1] == "perp" else 5
    for point in range(1, explorer.run() + 1, step):
        explorer.run((), (point,))


def test_each_fault_with_a_death(explorer: Explorer, case: tuple[str, str]) -> None:
    script = scripted_faults(*case)
    alone = [faults for faults in script if len(faults) == 1]
    # Each story of a venue meets every fault on one of two venues, the first one on all of them.
    chosen = script if EXHAUSTIVE else alone if case[1] == "perp" else alone[VENUES.index(case[0]) % 2 :: 2]
    for number, faults in enumerate(chosen):
        points = range(1, explorer.run(faults) + 1) if EXHAUSTIVE else (15 + number * 5 % 22,)
        for point in points:
            explorer.run(faults, (point,))
