"""A dataset: a folder of parquet or CSV files joined on ``ts``, with an optional ``dataset.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from basis_strategy_v1.data.data_hash import DataHash
from basis_strategy_v1.data.errors import invalid_cell, no_dataset
from basis_strategy_v1.data.needs import parse_column_name
from basis_strategy_v1.data.sources import Source, open_source

DESCRIPTION_FILE = "dataset.yaml"


class Dataset:
    """An opened dataset: headers are read, values are not.

    Attributes:
        directory: the folder.
        name, frequency, provenance: from ``dataset.yaml``; the folder's name and empty text otherwise.
        synthetic: whether ``dataset.yaml`` says that the data was generated.
        sources: the files, by name.
        columns: ``{'spot.binance.BTCUSDT': files that have it}``.
        ignored: columns of another form than ``<kind>.<venue>.<symbol>``, as ``file: column``.
    """

    def __init__(self, directory: Path, sources: tuple[Source, ...], description: dict[str, Any]) -> None:
        self.directory = directory
        self.sources = sources
        self.name = str(description.get("name") or directory.resolve().name)
        self.frequency = str(description.get("frequency") or "")
        self.provenance = str(description.get("provenance") or "")
        self.synthetic = bool(description.get("synthetic", False))
        self.columns: dict[str, list[Source]] = {}
        self.ignored: list[str] = []
        for source in sources:
            for column in source.columns:
                if parse_column_name(column) is None:
                    self.ignored.append(f"{source.name}: {column}")
                else:
                    self.columns.setdefault(column, []).append(source)

    def start_hash(self) -> DataHash:
        """Begin to hash the files that make the dataset (``dataset.yaml`` included)."""
        paths = [*data_files(self.directory), self.directory / DESCRIPTION_FILE]
        return DataHash([path for path in paths if path.is_file()])


def open_dataset(directory: str | Path) -> Dataset:
    """Open the dataset in ``directory``.

    Raises:
        ComponentError: DAT-001 when there is none or a file cannot be read, DAT-002 when a file has no ``ts``,
            DAT-005 when ``dataset.yaml`` is malformed.
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise no_dataset(f"there is no folder {folder}")
    try:
        paths = data_files(folder)
    except OSError as error:
        raise no_dataset(f"the folder {folder} cannot be read: {error.strerror}", error) from error
    if not paths:
        raise no_dataset(f"the folder {folder} has no *.parquet or *.csv file")
    return Dataset(folder, tuple(open_source(path) for path in paths), _description(folder / DESCRIPTION_FILE))


def data_files(directory: Path) -> list[Path]:
    """The data files of ``directory``, by name; hidden files are left out."""
    found = (path for path in directory.iterdir() if path.suffix in {".parquet", ".csv"} and path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))


def _description(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    import yaml

    # The C loader is some ten times faster, but not every build of PyYAML has it.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise invalid_cell(path.name, f"cannot be read as YAML: {str(error).splitlines()[0]}") from error
    content = {} if content is None else content
    if not isinstance(content, dict):
        raise invalid_cell(path.name, "not a mapping of name, frequency, provenance, synthetic")
    _check_synthetic(path, content)
    return content


def _check_synthetic(path: Path, content: dict[str, Any]) -> None:
    flag = content.get("synthetic", False)
    if not isinstance(flag, bool):
        raise invalid_cell(path.name, f"synthetic is {flag!r}, not true or false")
