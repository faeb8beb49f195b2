"""Which memory of a long process is moved to large pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from basis_strategy_v1.cli import large_pages
from basis_strategy_v1.cli.large_pages import LARGE_PAGE, large_pages_of, use_large_pages

HEX = "{:x}-{:x} {} 00000000 00:00 {} {}"


def line(start: int, end: int, permissions: str = "rw-p", file: int = 0, name: str = "") -> str:
    """A line of the list, addresses in large pages."""
    return HEX.format(int(start * LARGE_PAGE), int(end * LARGE_PAGE), permissions, file, name)


def test_only_whole_large_pages_are_moved() -> None:
    begins_within = HEX.format(LARGE_PAGE - 4096, 3 * LARGE_PAGE + 4096, "rw-p", 0, "")
    assert list(large_pages_of(begins_within)) == [LARGE_PAGE, 2 * LARGE_PAGE]


def test_what_is_smaller_than_a_large_page_stays() -> None:
    assert not list(large_pages_of(HEX.format(LARGE_PAGE + 4096, 2 * LARGE_PAGE + 4096, "rw-p", 0, "")))


def test_the_heap_is_moved_and_stacks_and_files_and_what_cannot_be_written_stay() -> None:
    memory_map = "\n".join(
        [
            line(1, 2, name="[heap]"),
            line(3, 4, name="[stack]"),
            line(5, 6, file=4711, name="/usr/lib/a library.so"),
            line(7, 8, permissions="r--p"),
            line(9, 10, permissions="---p"),
            line(11, 12),
        ]
    )
    assert list(large_pages_of(memory_map)) == [LARGE_PAGE, 11 * LARGE_PAGE]


def test_what_is_in_memory_is_the_same_afterwards() -> None:
    kept = bytearray(range(256)) * (8 * LARGE_PAGE // 256)
    before = bytes(kept)
    use_large_pages()
    assert kept == before


def test_a_system_without_a_list_of_memory_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(large_pages, "MEMORY_MAP", tmp_path / "missing")
    use_large_pages()
