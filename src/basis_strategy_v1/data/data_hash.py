"""The hash over a dataset's files, taken while they are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from threading import Thread

# Reading and hashing let other threads run. Blocks are large because each ends with waiting for the interpreter, and
# there is one buffer for all of them because fresh memory for each would cost as much as hashing it.
BLOCK = 1 << 20


class DataHash(Thread):
    """Hashes names, sizes and bytes of files on a thread of its own, from the moment it is made.

    The whole dataset is hashed although a run reads only some of its columns: that takes as long as reading those, and
    nothing where there is a second processor.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__(name="data hash", daemon=True)
        self._paths = paths
        self._digest = ""
        self._error: OSError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._digest = _sha256_of(self._paths)
        except OSError as error:
            self._error = error

    def hexdigest(self) -> str:
        """The hash, as soon as it is known.

        Raises:
            OSError: when a file could not be read.
        """
        self.join()
        if self._error is not None:
            raise self._error
        return self._digest


def _sha256_of(paths: Sequence[Path]) -> str:
    total = sha256()
    block = memoryview(bytearray(BLOCK))
    for path in paths:
        total.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb", buffering=0) as stream:
            while length := stream.readinto(block):
                total.update(block[:length])
    return total.hexdigest()
