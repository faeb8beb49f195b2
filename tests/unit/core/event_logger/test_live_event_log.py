from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.event_logger import EventLogger, export_csv_from_jsonl
from basis_strategy_v1.core.event_logger.redaction import redact

DAY = 86_400 * 1_000_000_000
TODAY = 19_855 * DAY  # 2024-05-12
CURRENT = "pnl_monitor_events.jsonl"


class Secret:
    def get_secret_value(self) -> str:
        return "hunter2"


class Login(msgspec.Struct):
    api_key: str
    venue: str
    token: Any


def live(directory: Path, now: int = TODAY) -> EventLogger:
    return EventLogger.live(directory, lambda: now)


def log(logger: EventLogger, timestamp: int, data: object) -> None:
    logger.log_event(timestamp, "state_update", "PnLMonitor", data)


def data_in(path: Path) -> list[Any]:
    return [json.loads(line)["data"] for line in path.read_text().splitlines()]


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_live_event_is_on_disk_at_once(tmp_path: Path) -> None:
    logger = live(tmp_path / "logs" / "events")
    for number in range(3):
        log(logger, TODAY, number)
        assert data_in(tmp_path / "logs" / "events" / CURRENT) == list(range(number + 1))
    assert logger.events_by_component() == {}


def test_a_new_day_begins_a_new_file(tmp_path: Path) -> None:
    logger = live(tmp_path)
    log(logger, TODAY, "noon")
    log(logger, TODAY + DAY - 1, "last")
    log(logger, TODAY + DAY, "next")
    assert names(tmp_path) == ["pnl_monitor_events.2024-05-12.jsonl", CURRENT]
    assert data_in(tmp_path / "pnl_monitor_events.2024-05-12.jsonl") == ["noon", "last"]
    assert data_in(tmp_path / CURRENT) == ["next"]


def test_an_event_of_the_day_before_stays_in_the_open_file(tmp_path: Path) -> None:
    logger = live(tmp_path)
    log(logger, TODAY + DAY, "today")
    log(logger, TODAY, "settled yesterday")
    assert names(tmp_path) == [CURRENT]
    assert data_in(tmp_path / CURRENT) == ["today", "settled yesterday"]


def test_a_restart_goes_on_in_the_file_of_the_same_day(tmp_path: Path) -> None:
    first = live(tmp_path)
    log(first, TODAY, 1)
    first.close()
    second = live(tmp_path)
    log(second, TODAY + 5, 2)
    assert data_in(tmp_path / CURRENT) == [1, 2]
    log(second, TODAY + DAY, 3)
    assert data_in(tmp_path / "pnl_monitor_events.2024-05-12.jsonl") == [1, 2]


def test_a_restart_on_a_later_day_puts_the_old_file_aside(tmp_path: Path) -> None:
    log(live(tmp_path), TODAY, 1)
    log(live(tmp_path), TODAY + 2 * DAY, 2)
    assert names(tmp_path) == ["pnl_monitor_events.2024-05-12.jsonl", CURRENT]


def test_a_second_file_of_the_same_day_does_not_replace_the_first(tmp_path: Path) -> None:
    for number in range(3):
        logger = live(tmp_path)
        log(logger, TODAY, number)
        log(logger, TODAY + DAY, number)
        logger.close()
        (tmp_path / CURRENT).unlink()
    stem = "pnl_monitor_events.2024-05-12"
    assert names(tmp_path) == [f"{stem}.1.jsonl", f"{stem}.2.jsonl", f"{stem}.jsonl"]
    assert [data_in(tmp_path / name) for name in names(tmp_path)] == [[1], [2], [0]]


@pytest.mark.parametrize(("left", "kept"), [("", [2]), ('{"timestamp":"2024-', [2])])
def test_an_empty_or_torn_file_is_begun_anew(tmp_path: Path, left: str, kept: list[int]) -> None:
    (tmp_path / CURRENT).write_text(left)
    log(live(tmp_path), TODAY, 2)
    assert data_in(tmp_path / CURRENT) == kept


def test_a_line_torn_by_a_crash_is_cut_off_at_the_restart(tmp_path: Path) -> None:
    first = live(tmp_path)
    log(first, TODAY, 1)
    first.close()
    with (tmp_path / CURRENT).open("a") as file:
        file.write('{"timestamp":"2024-')
    log(live(tmp_path), TODAY, 2)
    assert data_in(tmp_path / CURRENT) == [1, 2]


def test_files_are_kept_for_thirty_days(tmp_path: Path) -> None:
    for name in ("2024-04-11", "2024-04-12", "2024-04-11.1", "notes"):
        (tmp_path / f"pnl_monitor_events.{name}.jsonl").write_text("")
    live(tmp_path)
    assert names(tmp_path) == ["pnl_monitor_events.2024-04-12.jsonl", "pnl_monitor_events.notes.jsonl"]


def test_old_files_are_removed_when_a_day_ends(tmp_path: Path) -> None:
    now = TODAY
    logger = EventLogger.live(tmp_path, lambda: now)
    (tmp_path / "pnl_monitor_events.2024-04-12.jsonl").write_text("")
    log(logger, now, 1)
    now += DAY
    log(logger, now, 2)
    assert names(tmp_path) == ["pnl_monitor_events.2024-05-12.jsonl", CURRENT]


def test_a_csv_can_be_made_at_any_time_over_all_days(tmp_path: Path) -> None:
    logger = live(tmp_path / "events")
    for number in range(4):
        log(logger, TODAY + number * DAY // 2, number)
    logger.export_csv(tmp_path / "a.csv")
    export_csv_from_jsonl(tmp_path / "events", tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert [line.rsplit(",", 1)[1] for line in (tmp_path / "a.csv").read_text().splitlines()[1:]] == [
        '"0"',
        '"1"',
        '"2"',
        '"3"',
    ]


def test_secrets_do_not_reach_the_disk(tmp_path: Path) -> None:
    data = {
        "apiKey": "k1",
        "BINANCE_SPOT_SECRET": "k2",
        "nested": [{"private-key": "k3", "ok": (1, "two")}],
        "passphrase": None,
        "RPC_URL": "https://node.example/k4",
        "login": Login(api_key="k5", venue="okx", token=Secret()),
        "amount": Decimal("1.50"),
    }
    log(live(tmp_path), TODAY, data)
    assert data_in(tmp_path / CURRENT) == [
        {
            "apiKey": "***",
            "BINANCE_SPOT_SECRET": "***",
            "nested": [{"private-key": "***", "ok": [1, "two"]}],
            "passphrase": "***",
            "RPC_URL": "***",
            "login": {"api_key": "***", "venue": "okx", "token": "***"},
            "amount": "1.50",
        }
    ]


def test_what_is_no_secret_is_left_alone() -> None:
    assert redact({"token": "USDT", "key": "x", 3: [None, True]}) == {"token": "USDT", "key": "x", 3: [None, True]}


def test_an_event_that_the_disk_refuses_is_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = live(tmp_path)
    log(logger, TODAY, 0)

    class FullDisk:
        """Takes three bytes, then no more, as a disk that runs full does."""

        def __init__(self, file: Any) -> None:
            self.file = file
            self.taken = False

        def write(self, lines: bytes) -> int:
            if self.taken:
                raise OSError(28, "No space left on device")
            self.taken = True
            return int(self.file.write(lines[:3]))

        def truncate(self, size: int) -> int:
            return int(self.file.truncate(size))

    day_file = logger._files._files["PnLMonitor"]  # type: ignore[union-attr]
    with monkeypatch.context() as patched:
        patched.setattr(day_file, "_file", FullDisk(day_file._file))
        with pytest.raises(ComponentError) as caught:
            log(logger, TODAY, 1)
    assert caught.value.error_code == "RES-001"
    assert "No space left on device" in caught.value.message
    assert data_in(tmp_path / CURRENT) == [0]
    log(logger, TODAY, 2)
    assert data_in(tmp_path / CURRENT) == [0, 1, 2]
