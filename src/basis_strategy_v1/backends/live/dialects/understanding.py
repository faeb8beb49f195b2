"""An answer that is not what the venue's documents promise: a fact of its own, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from decimal import InvalidOperation
from functools import wraps
from typing import ParamSpec, TypeVar

from basis_strategy_v1.backends.live.gateway import COMPONENT, VenueError
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

MISREAD = (KeyError, IndexError, TypeError, ValueError, AttributeError, InvalidOperation)
"""What reading an unexpected answer ends in."""


def asks(method: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Of a method that only asks: an answer that cannot be read is EXI-012."""

    @wraps(method)
    def asking(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return method(*args, **kwargs)
        except MISREAD as error:
            message = f"{method.__qualname__}: the answer could not be read: {type(error).__name__}: {error}"
            raise ComponentError("EXI-012", message, COMPONENT, original_exception=error) from error

    return asking


def tells(method: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Of a method that tells the venue something: an answer that cannot be read leaves the outcome open."""

    @wraps(method)
    def telling(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return method(*args, **kwargs)
        except MISREAD as error:
            message = f"{method.__qualname__}: the answer could not be read: {type(error).__name__}: {error}"
            raise VenueError("unknown", "EXI-012", message) from error

    return telling
