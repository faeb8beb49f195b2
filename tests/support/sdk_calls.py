"""Tries a vendor's SDK call by call against local venues, and keeps what came of each."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import msgspec


class Call(msgspec.Struct, frozen=True):
    """One call that was tried; ``problem`` is empty when it did what it should."""

    name: str
    problem: str = ""


class Warnings(logging.Handler):
    """Collects what a library warns of: an SDK warns when an answer does not have the types it declares."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _caught_warnings() -> Iterator[list[str]]:
    handler = Warnings()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.messages
    finally:
        root.removeHandler(handler)


class SdkRun:
    """The calls tried of one SDK.

    Args:
        sdk: its name on the package index, with its version.
        read: turns what a call returns into data (a typed model, a dictionary).
        reason: why an answer is a refusal, or empty; SDKs that raise need none.
    """

    def __init__(
        self, sdk: str, read: Callable[[Any], Any] = lambda answer: answer, reason: Callable[[Any], str] = lambda _: ""
    ) -> None:
        self.sdk = sdk
        self.calls: list[Call] = []
        self._read = read
        self._reason = reason

    @property
    def problems(self) -> list[str]:
        """The calls that failed, each with what went wrong."""
        return [f"{call.name}: {call.problem}" for call in self.calls if call.problem]

    def call(
        self,
        name: str,
        function: Callable[..., Any],
        *arguments: Any,
        check: Callable[[Any], bool] | None = None,
        **keywords: Any,
    ) -> Any:
        """Call ``function``; it must answer, without refusal or warning, and ``check`` must hold for its data."""
        data: Any = None
        with _caught_warnings() as warnings:
            try:
                data = self._read(function(*arguments, **keywords))
                problem = self._reason(data) or "; ".join(warnings)
                if not problem and check is not None and not check(data):
                    problem = f"unexpected answer {data!r}"
            except Exception as error:  # noqa: BLE001 - whatever an SDK raises is what is reported
                problem = f"{type(error).__name__}: {error}"
        self.calls.append(Call(name, problem[:600]))
        return data

    def refused(self, name: str, words: str, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
        """Call ``function``; the venue must refuse, and say ``words``."""
        try:
            said = self._reason(self._read(function(*arguments, **keywords)))
        except Exception as error:  # noqa: BLE001 - an SDK's refusal is its own exception
            said = " ".join(str(part) for part in (error, *vars(error).values(), *error.args))
        problem = "" if words in said else f"expected a refusal with {words!r}, got {said!r}"
        self.calls.append(Call(f"{name} refused ({words})", problem[:600]))


def steer(url: str, what: str, **body: Any) -> None:
    """Tell the sandbox itself: ``clock/advance``, ``deposit``, ..."""
    request = Request(f"{url}/sandbox/{what}", json.dumps(body).encode(), method="POST")
    with urlopen(request, timeout=10) as answer:
        answer.read()
