"""What an ``error`` event says: code, message, severity, and where in the program it arose."""

from __future__ import annotations

from types import TracebackType

import msgspec

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

PACKAGE = "basis_strategy_v1."
MOST_FRAMES = 12


class ErrorNote(msgspec.Struct, frozen=True, gc=False):
    """Data of an ``error`` event. ``stack`` is empty for what was noted and never raised."""

    error_code: str
    message: str
    severity: str
    stack: str = ""


def note_of(error: ComponentError) -> ErrorNote:
    """What is written down of an error."""
    return ErrorNote(error.error_code, error.message, error.severity, stack_of(error))


def stack_of(error: BaseException) -> str:
    """``module:line function`` from where an error was caught to where it arose, joined by `` > ``.

    Frames of its original exception follow. Modules are named, not files, so that no path of a machine gets into a
    result; at most the last 12 frames of each.
    """
    frames = _frames(error.__traceback__)
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, BaseException):
        frames += _frames(cause.__traceback__)
    return " > ".join(frames)


def _frames(traceback: TracebackType | None) -> list[str]:
    found: list[str] = []
    while traceback is not None:
        frame = traceback.tb_frame
        module = str(frame.f_globals.get("__name__", "")).removeprefix(PACKAGE)
        found.append(f"{module}:{traceback.tb_lineno} {frame.f_code.co_name}")
        traceback = traceback.tb_next
    return found[-MOST_FRAMES:]
