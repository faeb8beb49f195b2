"""Whenever the process dies, and whatever the venue loses: one effect per instruction, each booked once.

Every write of the journal and every call to the venue is a point before and after which the process may die. It dies
in memory only: its objects are dropped, and the next life opens the files again. (A process that is really killed is
the subject of ``test_killed_processes``.) Files lie in memory where there is such a place: what is asked here is not
whether the disk keeps what it was given.

Without faults a death meets every point; with one, every third point (others for each fault); with two, one point.
``BASIS_CRASH_EXHAUSTIVE=1`` (``make test-crash``) has every fault and every pair of them meet every point, and every
death every other one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from crash_lives import Points, Story, fresh_journal, run_story, run_story_on_a_full_disk
from crash_stories import STORIES, faults_of, lossy_home, pairs_of, verify
from lossy_venue import Fault
from unmeasured import unmeasured

EXHAUSTIVE = os.environ.get("BASIS_CRASH_EXHAUSTIVE") == "1"
MEMORY = Path("/dev/shm")


class Explorer:
    """Runs one story again and again, each time on a fresh journal, and counts."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.runs = 0
        self.deaths = 0
        self.faults = faults_of(story)
        self._story = story
        self._folder = folder
        self._fresh = fresh_journal(folder)

    def run(
        self, faults: Sequence[Fault] = (), deaths: Sequence[int] = (), run: Callable[..., Points] = run_story
    ) -> int:
        """One run, and what must be true after it; the number of points it passed."""
        path = self._folder / "run.db"
        for old in self._folder.glob("run.db*"):
            old.unlink()
        shutil.copyfile(self._fresh, path)
        try:
            home = lossy_home(faults)
            points = run(path, self._story, home, deaths)
            verify(path, self._story, home)
        except Exception as error:
            error.add_note(f"{self._story.name}, faults {list(faults)}, deaths at {list(deaths)}")
            raise
        self.runs += 1
        self.deaths += len([death for death in deaths if death <= len(points.names)])
        return len(points.names)


@pytest.fixture(params=STORIES, ids=[story.name for story in STORIES])
def explorer(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[Explorer]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        made = Explorer(request.param, Path(folder))
        made.run()
        with unmeasured():
            yield made
        record_property("runs of crash exploration", made.runs)
        record_property("deaths in memory", made.deaths)


def test_each_fault_with_a_death_at_each_point(explorer: Explorer) -> None:
    for number, faults in enumerate([(), *((fault,) for fault in explorer.faults)]):
        step = 1 if EXHAUSTIVE or not faults else 3
        for point in range(1 + number % step, explorer.run(faults) + 1, step):
            explorer.run(faults, (point,))


def test_each_pair_of_faults_with_a_death(explorer: Explorer) -> None:
    for number, faults in enumerate(pairs_of(explorer.faults)):
        points = range(1, explorer.run(faults) + 1) if EXHAUSTIVE else (5 + number % 25,)
        for point in points:
            explorer.run(faults, (point,))


def test_a_death_and_another_while_recovering(explorer: Explorer) -> None:
    passed = explorer.run()
    first_and_second = combinations(range(1, passed + 12), 2)
    for first, second in first_and_second:
        if first <= passed and (EXHAUSTIVE or second - first in (1, 6)):
            explorer.run((), (first, second))


def test_a_process_that_cannot_write_ends_and_the_next_one_goes_on(explorer: Explorer) -> None:
    for point in range(1, explorer.run() + 1):
        explorer.run((), (point,), run_story_on_a_full_disk)
