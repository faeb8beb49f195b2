"""CFG, DAT and RES: what can be wrong with a configuration, a dataset or the place for results."""

from __future__ import annotations

from basis_strategy_v1.core.error_codes.entry import ErrorEntry

CONFIGURATION = "Configuration"
DATASET = "Dataset"
RESULTS = "Results"

ENTRIES = (
    ErrorEntry(
        "CFG-001",
        CONFIGURATION,
        "HIGH",
        "The strategy mode is unknown.",
        "Choose one of the modes that 'basis modes' lists.",
    ),
    ErrorEntry(
        "CFG-002",
        CONFIGURATION,
        "HIGH",
        "The configuration holds a key that does not exist.",
        "Correct or remove the key; 'basis modes MODE --defaults' prints every key.",
    ),
    ErrorEntry(
        "CFG-003",
        CONFIGURATION,
        "HIGH",
        "A configuration value has the wrong type or is out of range.",
        "Correct the value; 'basis modes MODE --defaults' prints the range of every key.",
    ),
    ErrorEntry(
        "CFG-004",
        CONFIGURATION,
        "HIGH",
        "The shares of an allocation do not sum to 1.",
        "Change the shares so that they add up to exactly 1.",
    ),
    ErrorEntry(
        "CFG-005",
        CONFIGURATION,
        "HIGH",
        "The date range is empty, reversed or outside the data.",
        "Give a start before the end, both within the range that 'basis data describe' prints.",
    ),
    ErrorEntry(
        "DAT-001",
        DATASET,
        "HIGH",
        "There is no dataset, or nothing in it for the time asked.",
        "Pass --data DIR with *.parquet or *.csv files that cover the time, or make some with 'basis data synth'.",
    ),
    ErrorEntry(
        "DAT-002",
        DATASET,
        "HIGH",
        "A column that the run needs is not in the dataset.",
        "Add the column, or name a substitute for it in data.data_aliases.",
    ),
    ErrorEntry(
        "DAT-003",
        DATASET,
        "HIGH",
        "The times in ts are not sorted or not unique.",
        "Sort the file by ts and remove the rows that repeat a time.",
    ),
    ErrorEntry(
        "DAT-004",
        DATASET,
        "HIGH",
        "A column has a gap longer than max_staleness, or starts too late.",
        "Fill the gap, start later (--start), or raise data.max_staleness knowingly.",
    ),
    ErrorEntry(
        "DAT-005",
        DATASET,
        "HIGH",
        "The data holds a value that cannot be true or cannot be read.",
        "Correct or remove the value at the place named in the message.",
    ),
    ErrorEntry(
        "RES-001",
        RESULTS,
        "HIGH",
        "The results could not be written.",
        "Check that the folder exists, is writable and has free space, or choose another (--out; of a live run --dir).",
    ),
)
