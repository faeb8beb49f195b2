"""How much the tests explored, told at the end of a run; a complete run that explored too little fails."""

from __future__ import annotations

import pytest

from met_codes import is_complete

LEAST = {"runs of crash exploration": 10_000, "processes killed with SIGKILL": 200}


class Explored:
    """A plugin of pytest that adds up what tests recorded as properties."""

    def __init__(self) -> None:
        self._totals: dict[str, int] = {}
        self._short: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what a test recorded; in a run of several processes, the first one hears of all."""
        if report.when == "teardown":
            for name, count in report.user_properties:
                self._totals[name] = self._totals.get(name, 0) + int(str(count))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail where a complete run did less than it has to."""
        is_worker = hasattr(session.config, "workerinput")
        if is_worker or exitstatus != pytest.ExitCode.OK or not is_complete(session.config):
            return
        self._short = [f"{name}: at least {least:,}" for name, least in LEAST.items() if self._count(name) < least]
        if self._short:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _count(self, name: str) -> int:
        return self._totals.get(name, 0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell the sums, and what fell short."""
        for name, count in self._totals.items():
            terminalreporter.write_line(f"{name}: {count:,}")
        for line in self._short:
            terminalreporter.write_line(f"too little explored: {line}")
