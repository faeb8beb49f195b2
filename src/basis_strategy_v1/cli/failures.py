"""Errors, as a person sees them: one line on stderr with code, what, where and how to mend it."""

from __future__ import annotations

import errno
import sys
import traceback

import click

from basis_strategy_v1.cli.telling import tell
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

BAD_INPUT = 2
FAILED = 1

_INPUT_PREFIXES = frozenset({"CFG", "DAT", "RES"})
_INPUT_CODES = frozenset(
    {
        "EIM-001",
        "EIM-002",
        "EIM-003",
        "EIM-004",
        "EIM-007",
        "EIM-008",
        "EIM-012",
        "EIF-002",
        "EIF-003",
        "EIF-005",
        "EIF-006",
        "EIF-007",
        "EIF-008",
        "EIF-010",
        "EIF-011",
        "EIF-012",
        "EXI-004",
        "EXI-005",
        "REC-008",
    }
)
_FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


def report_failure(error: Exception, *, debug: bool) -> int:
    """Print ``error`` as one line on stderr, with its trace when ``debug``, and return the exit code."""
    line, code = describe_failure(error)
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    tell(line, sys.stderr)
    return code


def describe_failure(error: Exception) -> tuple[str, int]:
    """The line for ``error``, and the exit code: 2 when what was given is wrong, else 1."""
    if isinstance(error, ComponentError):
        return error.line, exit_code_of(error)
    if isinstance(error, click.ClickException):
        return _usage_line(error), BAD_INPUT
    if isinstance(error, OSError):
        return _file_line(error), FAILED
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"ERROR: unexpected {what}. Run it again with --debug to see where, and report it.", FAILED


def exit_code_of(error: ComponentError) -> int:
    """2 for what a person can mend in the input, 1 for what went wrong on the way."""
    cause = error.original_exception
    if isinstance(cause, OSError) and cause.errno in _FULL_DISK:
        return FAILED
    is_input = error.error_code[:3] in _INPUT_PREFIXES or error.error_code in _INPUT_CODES
    return BAD_INPUT if is_input else FAILED


def _usage_line(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "basis"
    text = " ".join(error.format_message().split()).rstrip(".")
    return f"CFG-003: {text[:1].lower()}{text[1:]} (command line). See '{command} --help'."


def _file_line(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    where = f" {error.filename}" if error.filename else ""
    return f"RES-001: cannot use{where}: {reason}. Check the path, its permissions and the space left."
