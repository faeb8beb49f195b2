"""Writes the markets of W1 into a folder: ``python -m benchmarks.w1.prepare FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.w1.market import SIZES, make_market, save_columns, save_dataset


def main(folder: Path) -> None:
    """Write every size that is not there yet, as bare columns and as a dataset."""
    for name, size in SIZES.items():
        target = folder / name
        if not (target / "dataset.yaml").exists():
            market = make_market(size)
            save_columns(market, target)
            save_dataset(market, target, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
