"""Large pages of memory under what a process of days keeps.

A step of an order touches a few places all over a hundred megabytes. In small pages most of those places are in a page
of which the processor has forgotten where it is, and finding that out takes longer than the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

MEMORY_MAP = Path("/proc/self/maps")
LARGE_PAGE = 2 * 1024 * 1024
_COLLAPSE = 25
"""``MADV_COLLAPSE``: move what is there to a large page, at once (Linux 6.1)."""
_OF_NO_FILE = "0"


def use_large_pages() -> None:
    """Move what is in memory to large pages, as far as the system has them; elsewhere nothing happens."""
    try:
        memory_map = MEMORY_MAP.read_text()
    except OSError:
        return
    import ctypes

    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for address in large_pages_of(memory_map):
        # Where it is refused, memory stays as it is.
        advise(address, LARGE_PAGE, _COLLAPSE)


def large_pages_of(memory_map: str) -> Iterator[int]:
    """Where large pages could begin, in Linux's list of a process's memory: the heap, and what else is no file's."""
    for line in memory_map.splitlines():
        addresses, permissions, _, _, file, *name = line.split(maxsplit=5)
        if permissions != "rw-p" or file != _OF_NO_FILE or (name and name != ["[heap]"]):
            continue
        start, end = (int(address, 16) for address in addresses.split("-"))
        yield from range(-(-start // LARGE_PAGE) * LARGE_PAGE, end - LARGE_PAGE + 1, LARGE_PAGE)
