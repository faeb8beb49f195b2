"""The bases of structs that modules of the compiled build define (``docs/adr/0025-an-optional-compiled-build.md``).

A compiled module drops what stands behind the bases of a class: there a struct is frozen because its base is. Structs
say it all the same, for the interpreter and the type checker.
"""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True):
    """A frozen struct."""


class LeafRecord(Record, frozen=True, gc=False):
    """A frozen struct of plain values, which the garbage collector leaves alone."""
