"""What a live run is asked for, and what it gives back."""

from __future__ import annotations

from pathlib import Path

import msgspec

from basis_strategy_v1.core.engine.live_parts import ORDERS_SECONDS, LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

TICK_SECONDS = 60.0
RECONCILE_SECONDS = 300.0
RUNS_DIRECTORY = Path("live")
JOURNAL = "journal.sqlite"


class LiveOptions(msgspec.Struct, frozen=True, kw_only=True):
    """A live run, as the command line asks for it.

    Attributes:
        environment: ``dev``, ``staging`` or ``prod``.
        paper: real prices, simulated fills.
        sandbox: address of local venues, such as ``http://127.0.0.1:8800``.
        directory: of the run; ``live/<mode>-<environment>`` when None, with ``-paper`` on paper.
        journal: a database URL; SQLite in the run's directory when empty.
        label: tells several runs of one mode apart in one database.
        until: time (ns UTC) after which the run ends in order; None for ever.
        adopt: open the books with what is at the venues, whatever the configuration names.
    """

    mode: str
    environment: str = "dev"
    paper: bool = False
    sandbox: str | None = None
    config_file: str | None = None
    overrides: tuple[str, ...] = ()
    directory: Path | None = None
    journal: str = ""
    label: str = ""
    tick_seconds: float = TICK_SECONDS
    reconcile_seconds: float = RECONCILE_SECONDS
    orders_seconds: float = ORDERS_SECONDS
    until: int | None = None
    adopt: bool = False

    def __repr__(self) -> str:
        """Without the journal's address, which may hold a password."""
        return f"LiveOptions({self.mode}, {self.environment}, {self.run_directory})"

    @property
    def run_name(self) -> str:
        """What tells the run from others, one on paper from a live one as well."""
        kind = "paper" if self.paper else ""
        return "-".join(part for part in (self.mode, self.environment, self.label, kind) if part)

    @property
    def run_directory(self) -> Path:
        """Where the run keeps its files."""
        return self.directory or RUNS_DIRECTORY / self.run_name

    @property
    def journal_url(self) -> str:
        """Where the run keeps its journal."""
        return self.journal or str(self.run_directory / JOURNAL)


class LiveOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a live run ended. Money in USD, as text. ``restart``: the process was asked to begin anew."""

    ending: LiveEnding
    ticks: int
    nav: str
    directory: Path
    error: ComponentError | None = None
    held: str = ""
    restart: bool = False
