"""Answers of venues laid down beforehand: those of the vendors' own documentation, and a gateway that gives them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

FOLDER = Path(__file__).parent.parent / "sandbox" / "vendor_answers"


def documented(venue: str, name: str) -> Any:
    """A documented answer."""
    return next(item["answer"] for item in json.loads((FOLDER / f"{venue}.json").read_text()) if item["name"] == name)


class Answers(list[Any]):
    """Answers to one endpoint, one after the other."""


class Gateway:
    """Answers each endpoint with what is laid down for it."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.exchange = SimpleNamespace(**{name: name for name in answers})

    def ask(self, call: str, *arguments: Any) -> Any:
        answer = self.answers[call]
        return answer.pop(0) if isinstance(answer, Answers) else answer

    look_up = ask
