"""The sample that comes with the package: 120 days of hours, synthetic, written by ``write_synthetic``."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.data.synthetic import write_synthetic

SAMPLE_FREQUENCY = "1h"
SAMPLE_YEARS = 120 / 365
SAMPLE_SEED = 2


def sample_directory() -> Path:
    """The folder of the embedded sample, a dataset like any other; its ``dataset.yaml`` says ``synthetic: true``."""
    return Path(__file__).parent / "sample"


def write_sample(directory: str | Path) -> Path:
    """Generate the sample anew into ``directory``.

    Raises:
        ComponentError: RES-001 when the folder cannot be written.
    """
    return write_synthetic(directory, SAMPLE_FREQUENCY, SAMPLE_YEARS, SAMPLE_SEED)
