from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.data_hash import BLOCK, DataHash
from basis_strategy_v1.data.dataset import Dataset, open_dataset
from basis_strategy_v1.data.selection import select_rows

HOUR = 3_600_000_000_000
START = 1_704_067_200_000_000_000
COLUMN = "spot.binance.BTCUSDT"


def write_parquet(path: Path, times: pa.Array, values: Any = (1.0, 2.0, 3.0), column: str = COLUMN) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table({"ts": times, column: values}), path)


def refused(action: Callable[[], object]) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        action()
    return caught.value


def stamps(hours: list[int], unit: str = "ns", zone: str | None = "UTC") -> pa.Array:
    factor = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}[unit]
    return pa.array([(START + HOUR * hour) // factor for hour in hours], pa.timestamp(unit, zone))


def select_all(dataset: Dataset, *columns: str) -> tuple[list[int], list[list[float]]]:
    """Hours since the start, and the values of each column."""
    selection = select_rows(dataset, columns, None, None)
    hours = ((selection.timestamps - START) // HOUR).tolist()
    return hours, [selection.read(column).tolist() for column in columns]


@pytest.mark.parametrize("zone", ["UTC", None, "Europe/Berlin"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_unit_and_zone_are_the_same_instants(tmp_path: Path, unit: str, zone: str | None) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2], unit, zone))
    assert select_all(open_dataset(tmp_path), COLUMN) == ([0, 1, 2], [[1.0, 2.0, 3.0]])


@pytest.mark.parametrize("factor", [1, 10**3, 10**6, 10**9])
def test_whole_numbers_are_times_since_the_epoch(tmp_path: Path, factor: int) -> None:
    numbers = pa.array([(START + HOUR * hour) // factor for hour in range(3)], pa.int64())
    write_parquet(tmp_path / "a.parquet", numbers)
    assert select_all(open_dataset(tmp_path), COLUMN)[0] == [0, 1, 2]


@pytest.mark.parametrize(
    "texts",
    [
        ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z"],
        ["2024-01-01 00:00:00", "2024-01-01 01:00:00", "2024-01-01 02:00:00"],
        ["2024-01-01T00:00:00+00:00", "2024-01-01T02:00:00+01:00", "2024-01-01T04:00:00+02:00"],
        ["2024-01-01", "2024-01-01T01:00:00Z", "2024-01-01 02:00:00"],
    ],
)
def test_iso_text_is_read_as_utc_unless_it_names_an_offset(tmp_path: Path, texts: list[str]) -> None:
    write_parquet(tmp_path / "a.parquet", pa.array(texts))
    (tmp_path / "csv").mkdir()
    lines = "".join(f"{text},{row + 1}\n" for row, text in enumerate(texts))
    (tmp_path / "csv" / "a.csv").write_text(f"ts,{COLUMN}\n{lines}")
    for folder in (tmp_path, tmp_path / "csv"):
        assert select_all(open_dataset(folder), COLUMN) == ([0, 1, 2], [[1.0, 2.0, 3.0]])


def test_dates_are_midnights(tmp_path: Path) -> None:
    days = pa.array([19_723, 19_724, 19_725], pa.int32()).cast(pa.date32())
    write_parquet(tmp_path / "a.parquet", days)
    assert select_all(open_dataset(tmp_path), COLUMN)[0] == [0, 24, 48]


def test_a_time_that_is_none_is_refused_with_file_and_row(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", pa.array(["2024-01-01", "soon", "2024-01-02"]))
    error = refused(lambda: select_all(open_dataset(tmp_path), COLUMN))
    assert error.error_code == "DAT-005"
    assert "a.parquet" in error.message and "row 2" in error.message and "soon" in error.message


def test_an_empty_time_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", pa.array([START, None, START + 2 * HOUR], pa.timestamp("ns")))
    error = refused(lambda: select_all(open_dataset(tmp_path), COLUMN))
    assert (error.error_code, "row 2" in error.message) == ("DAT-005", True)


def test_a_time_column_of_floats_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", pa.array([1.0, 2.0, 3.0]))
    assert refused(lambda: select_all(open_dataset(tmp_path), COLUMN)).error_code == "DAT-005"


def test_files_are_joined_on_the_union_of_their_times(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]))
    write_parquet(tmp_path / "b.parquet", stamps([1, 3, 4]), (7.0, 8.0, 9.0), "spot.okx.BTCUSDT")
    hours, (first, second) = select_all(open_dataset(tmp_path), COLUMN, "spot.okx.BTCUSDT")
    assert hours == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(first, [1, 2, 3, np.nan, np.nan])
    np.testing.assert_array_equal(second, [np.nan, 7, np.nan, 8, 9])


def test_files_that_follow_each_other_make_one_column(tmp_path: Path) -> None:
    write_parquet(tmp_path / "2024.parquet", stamps([0, 1, 2]))
    write_parquet(tmp_path / "2025.parquet", stamps([3, 4, 5]), (4.0, 5.0, 6.0))
    assert select_all(open_dataset(tmp_path), COLUMN) == ([0, 1, 2, 3, 4, 5], [[1, 2, 3, 4, 5, 6]])


def test_one_column_in_two_files_for_the_same_time_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]))
    write_parquet(tmp_path / "b.parquet", stamps([2, 3, 4]))
    error = refused(lambda: select_all(open_dataset(tmp_path), COLUMN))
    assert error.error_code == "DAT-003"
    assert "b.parquet" in error.message and "2024-01-01T02:00:00Z" in error.message


def test_a_file_without_needed_columns_adds_no_rows(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]))
    write_parquet(tmp_path / "b.parquet", stamps([7, 8, 9]), column="gas.ethereum.total_gwei")
    assert select_all(open_dataset(tmp_path), COLUMN)[0] == [0, 1, 2]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2, 3], pa.int32()),
        pa.array([1, 2, 3], pa.uint8()),
        pa.array([1.0, 2.0, 3.0], pa.float32()),
        pa.array([1, 2, 3]).cast(pa.decimal128(24, 2)),
    ],
    ids=str,
)
def test_numbers_of_any_type_are_read(tmp_path: Path, values: pa.Array) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]), values)
    assert select_all(open_dataset(tmp_path), COLUMN)[1] == [[1.0, 2.0, 3.0]]


def test_nulls_and_nan_and_empty_columns_are_all_missing_values(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]), pa.array([1.0, None, float("nan")]))
    write_parquet(tmp_path / "b.parquet", stamps([0, 1, 2]), pa.nulls(3), "spot.okx.BTCUSDT")
    first, second = select_all(open_dataset(tmp_path), COLUMN, "spot.okx.BTCUSDT")[1]
    np.testing.assert_array_equal(first, [1, np.nan, np.nan])
    np.testing.assert_array_equal(second, [np.nan] * 3)


def test_text_in_a_column_of_numbers_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]), pa.array(["1", "2", "3"]))
    error = refused(lambda: select_all(open_dataset(tmp_path), COLUMN))
    assert (error.error_code, COLUMN in error.message) == ("DAT-005", True)


def test_rows_are_read_across_row_groups(tmp_path: Path) -> None:
    table = pa.table({"ts": stamps(list(range(10))), COLUMN: pa.array([None, *range(1, 10)], pa.float64())})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    selection = select_rows(open_dataset(tmp_path), [COLUMN], START + 2 * HOUR, START + 7 * HOUR)
    assert selection.read(COLUMN).tolist() == [2, 3, 4, 5, 6, 7]


def test_a_csv_cell_that_is_no_number_is_named_by_file_column_and_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"ts,{COLUMN}\n2024-01-01,1\n2024-01-02,about 3\n")
    error = refused(lambda: select_all(open_dataset(tmp_path), COLUMN))
    assert error.error_code == "DAT-005"
    for part in ("a.csv", COLUMN, "row 2", "about 3"):
        assert part in error.message


def test_a_csv_row_with_too_few_cells_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"ts,{COLUMN},x\n2024-01-01,1,2\n2024-01-02,1\n")
    error = refused(lambda: select_all(open_dataset(tmp_path), COLUMN))
    assert error.error_code == "DAT-005"
    assert "\n" not in error.line


def test_empty_csv_cells_are_missing_values(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"ts,{COLUMN}\n2024-01-01,1\n2024-01-02,\n2024-01-03,NaN\n")
    np.testing.assert_array_equal(select_all(open_dataset(tmp_path), COLUMN)[1], [[1, np.nan, np.nan]])


@pytest.mark.parametrize("content", [None, b"", b"PAR1 this is no parquet file PAR1"])
def test_a_folder_that_holds_no_readable_data_is_no_dataset(tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "data"
    if content is not None:
        folder.mkdir()
        (folder / "a.parquet").write_bytes(content)
    assert refused(lambda: open_dataset(folder)).error_code == "DAT-001"


def test_an_empty_folder_is_no_dataset(tmp_path: Path) -> None:
    error = refused(lambda: open_dataset(tmp_path))
    assert error.error_code == "DAT-001"
    assert "basis data synth" in error.line


def test_a_csv_that_is_no_text_is_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x81")
    assert refused(lambda: open_dataset(tmp_path)).error_code == "DAT-001"


def test_files_without_rows_are_no_dataset(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", pa.array([], pa.timestamp("ns")), pa.array([], pa.float64()))
    assert refused(lambda: select_all(open_dataset(tmp_path), COLUMN)).error_code == "DAT-001"


@pytest.mark.parametrize("header", ["time,spot.binance.BTCUSDT", ""])
def test_a_file_without_ts_is_refused(tmp_path: Path, header: str) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n2024-01-01,1\n")
    error = refused(lambda: open_dataset(tmp_path))
    assert (error.error_code, "a.csv" in error.message) == ("DAT-002", True)


def test_a_column_that_comes_twice_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"ts,{COLUMN},{COLUMN}\n2024-01-01,1,2\n")
    assert refused(lambda: open_dataset(tmp_path)).error_code == "DAT-005"


def test_the_description_file_names_the_dataset(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]))
    (tmp_path / "dataset.yaml").write_text("name: mine\nfrequency: 1h\nprovenance: me\nsynthetic: true\n")
    dataset = open_dataset(tmp_path)
    assert (dataset.name, dataset.frequency, dataset.provenance, dataset.synthetic) == ("mine", "1h", "me", True)


def test_without_a_description_the_folder_names_it_and_it_is_not_synthetic(tmp_path: Path) -> None:
    write_parquet(tmp_path / "mine" / "a.parquet", stamps([0, 1, 2]))
    dataset = open_dataset(tmp_path / "mine")
    assert (dataset.name, dataset.synthetic) == ("mine", False)


@pytest.mark.parametrize("text", ["synthetic: maybe", "- a list", "a: [unclosed"])
def test_a_malformed_description_is_refused(tmp_path: Path, text: str) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]))
    (tmp_path / "dataset.yaml").write_text(text)
    error = refused(lambda: open_dataset(tmp_path))
    assert (error.error_code, "dataset.yaml" in error.message) == ("DAT-005", True)


def test_columns_of_another_form_are_ignored_and_listed(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", stamps([0, 1, 2]), column="close")
    dataset = open_dataset(tmp_path)
    assert dataset.ignored == ["a.parquet: close"]
    assert dataset.columns == {}


def test_the_hash_covers_names_and_bytes(tmp_path: Path) -> None:
    write_parquet(tmp_path / "one" / "a.parquet", stamps([0, 1, 2]))
    write_parquet(tmp_path / "two" / "a.parquet", stamps([0, 1, 2]))
    write_parquet(tmp_path / "three" / "b.parquet", stamps([0, 1, 2]))
    first, second, third = (open_dataset(tmp_path / name).start_hash().hexdigest() for name in ("one", "two", "three"))
    assert first == second != third


def test_the_hash_is_that_of_names_sizes_and_bytes_of_files_of_any_size(tmp_path: Path) -> None:
    contents = {"a.csv": b"", "b.csv": b"ts\n", "c.parquet": bytes(range(256)) * (2 * BLOCK // 256) + b"end"}
    expected = hashlib.sha256()
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        expected.update(f"{name}\0{len(content)}\0".encode() + content)
    assert DataHash([tmp_path / name for name in contents]).hexdigest() == expected.hexdigest()


def test_a_file_that_goes_while_it_is_hashed_is_told_to_whoever_asks_for_the_hash(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        DataHash([tmp_path / "gone.parquet"]).hexdigest()


def test_a_damaged_parquet_file_is_refused_in_one_line(tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal(5_000)
    write_parquet(tmp_path / "a.parquet", stamps(list(range(5_000))), values)
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    middle = len(content) // 2
    content[4:middle] = bytes(middle - 4)
    (tmp_path / "a.parquet").write_bytes(content)
    error = refused(lambda: select_all(open_dataset(tmp_path), COLUMN))
    assert (error.error_code, "a.parquet" in error.message) == ("DAT-001", True)
    assert "\n" not in error.line


def test_a_byte_order_mark_does_not_hide_the_time_column(tmp_path: Path) -> None:
    text = f"ts,{COLUMN}\n2024-01-01,1\n2024-01-02,2\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8-sig")
    assert select_all(open_dataset(tmp_path), COLUMN)[1] == [[1.0, 2.0]]


def test_a_csv_column_can_be_read_twice(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"ts,{COLUMN}\n2024-01-01,1\n2024-01-02,2\n")
    selection = select_rows(open_dataset(tmp_path), [COLUMN], None, None)
    assert selection.read(COLUMN).tolist() == selection.read(COLUMN).tolist() == [1.0, 2.0]
