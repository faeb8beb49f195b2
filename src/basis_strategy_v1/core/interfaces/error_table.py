"""What a venue's error codes mean for an instruction, as data."""

from __future__ import annotations

from typing import Literal

import msgspec

Verdict = Literal["rejected", "duplicate", "not_found", "clock", "retry_later", "already_so", "unknown"]
"""What an answer proves.

- ``rejected``: definitely not executed.
- ``duplicate``: the venue has an order or transfer of this id; look it up.
- ``not_found``: the venue knows none of this id.
- ``clock``: turned away for its timestamp; not executed.
- ``retry_later``: turned away unread, for load or a limit; not executed.
- ``already_so``: nothing to change, what was asked for stands.
- ``unknown``: it may have been executed.
"""


class ErrorRule(msgspec.Struct, frozen=True):
    """What a code means where the venue's message contains ``words`` (empty: always); ``code`` is ours."""

    verdict: Verdict
    code: str = "EXI-001"
    words: str = ""


UNKNOWN_RULE = ErrorRule("unknown", "EXI-007")


class ErrorTable(msgspec.Struct, frozen=True):
    """Rules by the venue's code, or by ``scope:code`` where one code means different things in two of its APIs.

    A code that is not in the table proves nothing: its rule is ``unknown``.
    """

    rules: dict[str, tuple[ErrorRule, ...]]

    def rule(self, scope: str, code: str, message: str) -> ErrorRule:
        """The rule for an answer of the venue."""
        for rule in self.rules.get(f"{scope}:{code}") or self.rules.get(code, ()):
            if rule.words.lower() in message.lower():
                return rule
        return UNKNOWN_RULE


def error_table(*rows: tuple[str, Verdict, str] | tuple[str, Verdict, str, str]) -> ErrorTable:
    """A table from rows ``(codes parted by spaces, verdict, our code[, words])``; the first that fits counts."""
    rules: dict[str, list[ErrorRule]] = {}
    for row in rows:
        rule = ErrorRule(row[1], row[2], row[3] if len(row) == 4 else "")
        for code in row[0].split():
            rules.setdefault(code, []).append(rule)
    return ErrorTable({code: tuple(listed) for code, listed in rules.items()})
