"""One line of the error table."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"]


class ErrorEntry(msgspec.Struct, frozen=True, gc=False):
    """What is known of an error code, whoever raises it.

    Attributes:
        code: prefix and number, such as ``EXI-006``.
        component: the component the code belongs to.
        severity: CRITICAL halts, HIGH stops the block unless a retry is safe, MEDIUM goes on degraded, LOW is logged.
        message: what happened, in one sentence.
        resolution: how to mend it, in one or two sentences.
        retryable: whether the same instruction may be sent again as it stands. True only where the failure proves
            that nothing was executed and where time alone can cure it.
    """

    code: str
    component: str
    severity: Severity
    message: str
    resolution: str
    retryable: bool = False
