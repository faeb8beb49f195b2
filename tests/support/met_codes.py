"""Which error codes the program itself has used while tests ran, over all processes of a run of the whole suite."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from basis_strategy_v1.core.error_codes.error_code_registry import all_entries
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.component_health import ComponentHealth

PROGRAM = "basis_strategy_v1"
NEVER_RAISED = frozenset({"EXI-007", "PUH-012", "REC-009", "REC-011"})
"""Told by an outcome or an event, while work goes on: they count when they are held against a component's health."""

KEY = "met_codes"


class MetCodes:
    """A plugin of pytest that fails a complete run in which a code was never used.

    An error that a test makes itself, for a fake to raise, does not count. A run of some tests only, or one that
    failed, is not looked at.
    """

    def __init__(self) -> None:
        self._met: set[str] = set()
        self._missing: list[str] = []

    def watch(self) -> None:
        """Note every code that is used in this process from now on."""
        make, hold = ComponentError.__init__, ComponentHealth.record_error

        def made(error: ComponentError, error_code: str, *arguments: Any, **named: Any) -> None:
            if _maker(error).startswith(PROGRAM):
                self._met.add(error_code)
            make(error, error_code, *arguments, **named)

        def held(health: ComponentHealth, code: str, *arguments: Any, **named: Any) -> None:
            if code in NEVER_RAISED:
                self._met.add(code)
            hold(health, code, *arguments, **named)

        ComponentError.__init__ = made  # type: ignore[method-assign]
        ComponentHealth.record_error = held  # type: ignore[method-assign]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a process has met that ran a share of the tests."""
        self._met.update(getattr(node, "workeroutput", {}).get(KEY, ()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Hand over what was met, or in the last process compare it with the registry."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[KEY] = sorted(self._met)
        elif exitstatus == pytest.ExitCode.OK and is_complete(session.config):
            self._missing = sorted({entry.code for entry in all_entries()} - self._met)
            if self._missing:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the codes that are missing."""
        if self._missing:
            terminalreporter.write_line(f"error codes that no test has brought about: {', '.join(self._missing)}")


def _maker(error: ComponentError) -> str:
    """The module that makes ``error``: the first caller that is not one of its own constructors."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_locals.get("self") is error:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


def is_complete(config: pytest.Config) -> bool:
    """Whether all tests were asked for."""
    options = config.option
    chosen = options.keyword or options.markexpr or options.deselect or getattr(options, "lf", False)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen
