"""Settings of the whole process, made before anything else is loaded."""

from __future__ import annotations

import atexit
import gc
import os

_LIBRARY_SETTINGS = {
    # Arrow's own allocator keeps what it was given back: 8 MB that a run never uses again.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    # No part of a run is linear algebra: a thread for each processor would only be started and stopped.
    "OPENBLAS_NUM_THREADS": "1",
}
_OBJECTS_BETWEEN_COLLECTIONS = 200_000


def tune_process() -> None:
    """Settle how libraries and the interpreter use memory. What the environment already says stays."""
    for name, value in _LIBRARY_SETTINGS.items():
        os.environ.setdefault(name, value)
    # Imports and runs make many objects and keep nearly all of them: looking for cycles among them every 700 objects,
    # which is the interpreter's default, takes a tenth of a run and finds nothing.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 20)
    # The interpreter looks for cycles once more when it ends; the memory goes back to the system anyway.
    atexit.register(gc.freeze)


def settle_process() -> None:
    """Take what start-up has made, and a process of days keeps, out of the collector's sight.

    A full look at all of it would stop the process for longer than several orders take, and find nothing.
    """
    gc.collect()
    gc.freeze()
