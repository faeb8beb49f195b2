from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.domain.orders import TransferArrival
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.event_logger import (
    EVENT_TYPES,
    EventLogger,
    encode_events,
    export_csv_from_jsonl,
    write_events_csv,
)

SECOND = 1_000_000_000
NOON = 1_715_515_200 * SECOND


class Side(Enum):
    BUY = "buy"


class Filled(msgspec.Struct, frozen=True):
    side: Side
    amount: Decimal
    parts: tuple[int, ...]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def data_of(logger: EventLogger, component: str) -> list[Any]:
    return [json.loads(line)["data"] for line in logger.encode_component(component).splitlines()]


def test_every_documented_type_of_event_is_accepted_and_no_other() -> None:
    logger = EventLogger.in_memory()
    for event_type in EVENT_TYPES:
        logger.log_event(NOON, event_type, "RiskMonitor", {})
    assert len(logger.events_by_component()["RiskMonitor"]) == len(EVENT_TYPES) == 25
    with pytest.raises(ValueError, match="'order_lost' is not registered"):
        logger.log_event(NOON, "order_lost", "RiskMonitor", {})


def test_events_are_kept_by_component_in_the_order_of_logging() -> None:
    logger = EventLogger.in_memory()
    logger.log_event(NOON, "state_update", "PnLMonitor", {"n": 1})
    logger.log_event(NOON, "risk_limit", "RiskMonitor", {"n": 2})
    logger.log_event(NOON - 1, "state_update", "PnLMonitor", {"n": 3})
    assert logger.events_by_component() == {
        "PnLMonitor": [
            Event(NOON, "state_update", "PnLMonitor", {"n": 1}, 1),
            Event(NOON - 1, "state_update", "PnLMonitor", {"n": 3}, 3),
        ],
        "RiskMonitor": [Event(NOON, "risk_limit", "RiskMonitor", {"n": 2}, 2)],
    }


def test_events_logged_together_equal_events_logged_one_by_one() -> None:
    arrivals = [TransferArrival(NOON + n, f"t{n}", "bybit", "USDT", Decimal(n)) for n in range(3)]
    one_by_one, together = EventLogger.in_memory(), EventLogger.in_memory()
    for arrival in arrivals:
        one_by_one.log_event(arrival.timestamp, "TRANSFER_ARRIVED", "ExecutionInterfaces", arrival)
    together.log_events("TRANSFER_ARRIVED", "ExecutionInterfaces", arrivals)
    for logger in (one_by_one, together):
        logger.log_event(NOON, "state_update", "PnLMonitor", {})
    assert together.events_by_component() == one_by_one.events_by_component()


def test_events_logged_together_must_be_of_a_registered_type() -> None:
    with pytest.raises(ValueError, match="'order_lost' is not registered"):
        EventLogger.in_memory().log_events("order_lost", "RiskMonitor", [])


def test_a_line_is_one_json_object_with_the_time_as_text() -> None:
    logger = EventLogger.in_memory()
    logger.log_event(NOON + SECOND // 2, "state_update", "PnLMonitor", {"nav": Decimal("100000.10")})
    assert logger.encode_component("PnLMonitor") == (
        b'{"timestamp":"2024-05-12T12:00:00.5Z","event_type":"state_update","component":"PnLMonitor",'
        b'"data":{"nav":"100000.10"},"sequence":1}\n'
    )


@pytest.mark.parametrize("time", [NOON, "2024-05-12T12:00:00Z", datetime(2024, 5, 12, 12, tzinfo=UTC)])
def test_a_time_may_be_given_in_any_form(time: object) -> None:
    logger = EventLogger.in_memory()
    logger.log_event(time, "state_update", "PnLMonitor", {})
    assert logger.events_by_component()["PnLMonitor"][0].timestamp == NOON


@given(time=st.integers(-(10**18), 4 * 10**18) | st.integers(0, 10**9).map(lambda seconds: seconds * SECOND))
def test_the_time_of_a_line_is_written_as_every_other_time_is(time: int) -> None:
    (line,) = encode_events([Event(time, "risk_breach", "RiskMonitor", {}, 1)]).splitlines()
    assert json.loads(line)["timestamp"] == to_iso(time)


def test_data_may_be_structs_enums_tuples_and_numpy_numbers() -> None:
    logger = EventLogger.in_memory()
    logger.log_event(NOON, "state_update", "PnLMonitor", Filled(Side.BUY, Decimal("1E-8"), (1, 2)))
    logger.log_event(NOON, "state_update", "PnLMonitor", {"f": np.float64(0.5), "i": np.int64(3), "p": Path("a/b")})
    logger.log_event(NOON, "state_update", "PnLMonitor", None)
    assert data_of(logger, "PnLMonitor") == [
        {"side": "buy", "amount": "1E-8", "parts": [1, 2]},
        {"f": 0.5, "i": 3, "p": "a/b"},
        None,
    ]


def test_encoding_sees_what_was_logged_since_the_last_time() -> None:
    logger = EventLogger.in_memory()
    for number in range(3):
        logger.log_event(NOON, "state_update", "PnLMonitor", number)
        assert data_of(logger, "PnLMonitor") == list(range(number + 1))
    assert logger.encode_component("RiskMonitor") == b""


@pytest.mark.parametrize(
    ("component", "name"),
    [
        ("ExecutionInterfaceManager", "execution_interface_manager"),
        ("ExecutionInterfaces", "execution_interfaces"),
        ("PnLMonitor", "pnl_monitor"),
        ("OKXExecutionInterface", "okx_execution_interface"),
        ("EventDrivenStrategyEngine", "event_driven_strategy_engine"),
    ],
)
def test_a_component_has_a_file_of_its_own(tmp_path: Path, component: str, name: str) -> None:
    logger = EventLogger.in_memory()
    logger.log_event(NOON, "state_update", component, {})
    logger.write_jsonl(tmp_path / "logs" / "events")
    (path,) = (tmp_path / "logs" / "events").iterdir()
    assert path.name == f"{name}_events.jsonl"
    assert path.read_bytes() == logger.encode_component(component)


@pytest.mark.parametrize("component", ["", "../Risk", "Risk Monitor", "9Lives"])
def test_a_name_that_is_no_component_is_refused(component: str) -> None:
    with pytest.raises(ValueError, match="not the name of a component"):
        EventLogger.in_memory().log_event(NOON, "state_update", component, {})


def test_two_components_cannot_share_a_file() -> None:
    logger = EventLogger.in_memory()
    logger.log_event(NOON, "state_update", "PnLMonitor", {})
    with pytest.raises(ValueError, match="would share the file pnl_monitor_events"):
        logger.log_event(NOON, "state_update", "PNLMonitor", {})


def log_of_three_components(logger: EventLogger) -> EventLogger:
    for n in range(40):
        component = ("PnLMonitor", "RiskMonitor", "BinanceExecutionInterface")[n % 3]
        time = NOON + (n // 5) * SECOND // 2 - (3 * SECOND if n % 7 == 0 else 0)
        logger.log_event(time, "state_update", component, {"n": n, "text": 'say "a, b"\nor é'})
    return logger


def test_the_csv_is_ordered_by_time_and_then_by_the_order_of_logging(tmp_path: Path) -> None:
    logger = log_of_three_components(EventLogger.in_memory())
    logger.export_csv(tmp_path / "events.csv")
    rows = rows_of(tmp_path / "events.csv")
    events = [event for part in logger.events_by_component().values() for event in part]
    expected = sorted(events, key=lambda event: (event.timestamp, event.sequence))
    assert [json.loads(row["data"]) for row in rows] == [event.data for event in expected]
    assert [row["component"] for row in rows] == [event.component for event in expected]
    assert list(rows[0]) == ["timestamp", "event_type", "component", "data"]
    assert rows[0]["timestamp"] == "2024-05-12T11:59:57Z"


def test_memory_spilling_and_files_give_the_same_bytes(tmp_path: Path) -> None:
    memory = log_of_three_components(EventLogger.in_memory())
    memory.write_run(tmp_path / "a")
    log_of_three_components(EventLogger.in_memory(tmp_path / "spill", 4)).write_run(tmp_path / "b")
    in_place = log_of_three_components(EventLogger.in_memory(tmp_path / "c" / "logs" / "events", 3))
    in_place.write_run(tmp_path / "c")
    export_csv_from_jsonl(tmp_path / "a" / "logs" / "events", tmp_path / "a" / "again.csv")
    expected = (tmp_path / "a" / "events.csv").read_bytes()
    assert (tmp_path / "a" / "again.csv").read_bytes() == expected
    for run in ("b", "c"):
        assert (tmp_path / run / "events.csv").read_bytes() == expected
        for path in (tmp_path / "a" / "logs" / "events").iterdir():
            assert (tmp_path / run / "logs" / "events" / path.name).read_bytes() == path.read_bytes()


def test_spilling_keeps_memory_bounded_and_can_be_followed(tmp_path: Path) -> None:
    logger = EventLogger.in_memory(tmp_path, 10)
    (tmp_path / "pnl_monitor_events.jsonl").write_text("left over by someone\n")
    for n in range(25):
        logger.log_event(NOON, "state_update", "PnLMonitor", n)
        assert len(logger.events_by_component().get("PnLMonitor", [])) < 10
    path = tmp_path / "pnl_monitor_events.jsonl"
    assert [json.loads(line)["data"] for line in path.read_text().splitlines()] == list(range(20))
    assert data_of(logger, "PnLMonitor") == [20, 21, 22, 23, 24]
    logger.close()
    assert len(path.read_text().splitlines()) == 25
    assert logger.encode_component("PnLMonitor") == b""


def test_events_logged_together_are_spilled_like_others(tmp_path: Path) -> None:
    logger = EventLogger.in_memory(tmp_path, 2)
    arrivals = [TransferArrival(NOON + n, f"t{n}", "bybit", "USDT", Decimal(n)) for n in range(3)]
    logger.log_events("TRANSFER_ARRIVED", "ExecutionInterfaces", arrivals)
    assert logger.events_by_component() == {}
    assert len((tmp_path / "execution_interfaces_events.jsonl").read_bytes().splitlines()) == 3


def test_lines_encoded_before_a_spill_are_not_taken_for_later_ones(tmp_path: Path) -> None:
    logger = EventLogger.in_memory(tmp_path, 2)
    logger.log_event(NOON, "state_update", "PnLMonitor", "first")
    assert data_of(logger, "PnLMonitor") == ["first"]
    logger.log_event(NOON, "state_update", "PnLMonitor", "second")
    logger.log_event(NOON, "state_update", "PnLMonitor", "third")
    assert data_of(logger, "PnLMonitor") == ["third"]


def test_a_log_without_events_gives_a_csv_with_only_its_header(tmp_path: Path) -> None:
    for n, logger in enumerate([EventLogger.in_memory(), EventLogger.in_memory(tmp_path / "spill")]):
        logger.write_run(tmp_path / str(n))
        logger.close()
        assert (tmp_path / str(n) / "events.csv").read_text() == "timestamp,event_type,component,data\n"


def test_many_events_are_written_in_several_pieces(tmp_path: Path) -> None:
    events = [Event(NOON + n, "state_update", "PnLMonitor", n, n) for n in range(20_000)]
    write_events_csv({"PnLMonitor": events}, tmp_path / "events.csv")
    assert [int(row["data"]) for row in rows_of(tmp_path / "events.csv")] == list(range(20_000))
    (tmp_path / "pnl_monitor_events.jsonl").write_bytes(encode_events(events))
    export_csv_from_jsonl(tmp_path, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "events.csv").read_bytes()


def test_an_unfinished_last_line_is_left_out_of_the_export(tmp_path: Path) -> None:
    log_of_three_components(EventLogger.in_memory()).write_jsonl(tmp_path)
    with (tmp_path / "risk_monitor_events.jsonl").open("a") as file:
        file.write('{"timestamp":"2024-05-1')
    export_csv_from_jsonl(tmp_path, tmp_path / "events.csv")
    assert len(rows_of(tmp_path / "events.csv")) == 40


def test_a_line_that_is_no_event_is_named(tmp_path: Path) -> None:
    path = tmp_path / "risk_monitor_events.jsonl"
    path.write_bytes(encode_events([Event(NOON, "risk_limit", "RiskMonitor", {})] * 2) + b'{"timestamp":3}\n')
    with pytest.raises(ComponentError) as caught:
        export_csv_from_jsonl(tmp_path, tmp_path / "events.csv")
    assert caught.value.error_code == "DAT-005"
    assert "risk_monitor_events.jsonl, line 3: not an event" in caught.value.message
    assert not (tmp_path / "events.csv").exists()


def test_a_folder_without_events_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ComponentError) as caught:
            export_csv_from_jsonl(folder, tmp_path / "events.csv")
        assert caught.value.error_code == "DAT-001"


def test_a_place_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spilling = EventLogger.in_memory(tmp_path / "file" / "events", 1)
    actions: list[Callable[[], None]] = [
        lambda: EventLogger.in_memory().write_jsonl(tmp_path / "file"),
        lambda: EventLogger.in_memory().export_csv(tmp_path / "file" / "events.csv"),
        lambda: spilling.log_event(NOON, "state_update", "PnLMonitor", {}),
    ]
    for action in actions:
        with pytest.raises(ComponentError) as caught:
            action()
        assert caught.value.error_code == "RES-001"
        assert "file" in caught.value.message
    assert len(spilling.events_by_component()["PnLMonitor"]) == 1


def test_a_csv_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "events.csv").mkdir()
    with pytest.raises(ComponentError) as caught:
        log_of_three_components(EventLogger.in_memory()).export_csv(tmp_path / "events.csv")
    assert caught.value.error_code == "RES-001"
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
