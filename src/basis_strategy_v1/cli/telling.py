"""Lines for people, from a process whose end others go by: output that has no place must not change it."""

from __future__ import annotations

from contextlib import suppress
from typing import TextIO


def tell(line: str, stream: TextIO) -> None:
    """Print a line at once. On a full disk, or where nobody reads any more, it is lost."""
    with suppress(OSError):
        print(line, file=stream, flush=True)
