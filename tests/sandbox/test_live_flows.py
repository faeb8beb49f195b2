"""Money that a person declares: what is refused, what can be taken back, and what a start does with nonsense."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.declared_flows import held_at
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.session import open_run
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.engine.venue_comparison import LATE_SECONDS
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.server import serve
from local_live import LocalTime, LocalVenues, moving_scene


@pytest.fixture
def venues(tmp_path: Path) -> LocalVenues:
    """Local venues at which a run has begun."""
    made = LocalVenues(["bybit"], moving_scene(["bybit"], 48))
    made.run(tmp_path, 5)
    return made


def declare(venues: LocalVenues, directory: Path, amount: str, location: str = "bybit") -> str:
    options, environment = venues.options(directory), venues.environment()
    return care.declare_flow(options, environment, Decimal(amount), "USDT", location, venues.live_world())


def waiting(venues: LocalVenues, directory: Path) -> list[str]:
    found = care.declared_flows(venues.options(directory), venues.environment(), venues.live_world())
    return [flow_id for flow_id, _ in found]


def cancel(venues: LocalVenues, directory: Path, flow_id: str) -> None:
    care.cancel_flow(venues.options(directory), venues.environment(), flow_id, venues.live_world())


@pytest.mark.parametrize("amount", ["1e-70", "1e-30", "1e60", "-1e13", "5000.0000000000000000001", "NaN", "0"])
def test_an_amount_that_the_ledger_cannot_keep_is_refused(venues: LocalVenues, tmp_path: Path, amount: str) -> None:
    with pytest.raises(ComponentError) as caught:
        declare(venues, tmp_path, amount)
    assert caught.value.error_code == "CFG-003"
    assert venues.run(tmp_path, 8).ending is LiveEnding.DONE


def test_money_of_another_venue_is_refused_with_what_is_held_there(tmp_path: Path) -> None:
    alone = LocalVenues(["hyperliquid"], moving_scene(["hyperliquid"], 48))
    alone.run(tmp_path, 5)
    with pytest.raises(ComponentError) as caught:
        declare(alone, tmp_path, "50", "hyperliquid")
    assert caught.value.error_code == "CFG-003" and caught.value.remedy == "Give BTC or USDC."
    money, environment = alone.options(tmp_path), alone.environment()
    assert care.declare_flow(money, environment, Decimal(50), "USDC", "hyperliquid", alone.live_world())


def test_a_withdrawal_of_more_than_was_there_wants_force(venues: LocalVenues, tmp_path: Path) -> None:
    options, environment = venues.options(tmp_path), venues.environment()
    with pytest.raises(ComponentError) as caught:
        declare(venues, tmp_path, "-200000")
    assert caught.value.error_code == "CFG-003"
    assert "cannot have left bybit, where the books hold about" in str(caught.value)
    assert waiting(venues, tmp_path) == []
    assert declare(venues, tmp_path, "-1000") in waiting(venues, tmp_path)
    amount = Decimal(-200_000)
    forced = care.declare_flow(options, environment, amount, "USDT", "bybit", venues.live_world(), force=True)
    assert forced in waiting(venues, tmp_path)


@pytest.mark.parametrize("held", ["short", "flat"])
def test_what_a_short_has_gained_can_be_withdrawn(held: str) -> None:
    sold = {"BTCUSDT-PERP": Decimal(-1), "BTCUSDT-PERP.quote": Decimal(50_000), "USDT": Decimal(0)}
    bought = {"BTCUSDT-PERP": Decimal(1), "BTCUSDT-PERP.quote": Decimal(-40_000), "USDT": Decimal(0)}
    changes = [{"USDT": Decimal(5_000)}, sold, *([bought] if held == "flat" else [])]
    bookings = [
        Booking(timestamp=number, booking_id=str(number), changes={"bybit": change})
        for number, change in enumerate(changes)
    ]
    flow = Flow(timestamp=9, amount=Decimal(-1), asset="USDT", location="bybit")
    assert held_at(flow, bookings) == (15_000 if held == "flat" else 5_000)


@pytest.mark.parametrize(("amount", "location"), [("1e-70", "bybit"), ("1e60", "bybit"), ("5", "nowhere")])
def test_a_flow_that_can_never_be_booked_is_set_aside_by_the_next_start(
    venues: LocalVenues, tmp_path: Path, amount: str, location: str
) -> None:
    options = venues.options(tmp_path)
    now = venues.world.clock.now_ns()
    journal = open_run(options, make_plan(options, venues.environment()), now, exclusive=False)
    journal.declare_flow("flow.old", Flow(timestamp=now, amount=Decimal(amount), asset="USDT", location=location))
    journal.close()
    outcome = venues.run(tmp_path, 8)
    assert (outcome.ending, outcome.held) == (LiveEnding.DONE, "")
    assert waiting(venues, tmp_path) == []
    events = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "logs" / "events").iterdir())
    (line,) = [line for line in events.splitlines() if "flow.old is set aside" in line]
    assert "CFG-003" in line


def test_a_flow_that_is_not_booked_can_be_taken_back(venues: LocalVenues, tmp_path: Path) -> None:
    flow_id = declare(venues, tmp_path, "5000")
    assert waiting(venues, tmp_path) == [flow_id]
    cancel(venues, tmp_path, flow_id)
    assert waiting(venues, tmp_path) == []
    outcome = venues.run(tmp_path, 8)
    assert (outcome.ending, outcome.held) == (LiveEnding.DONE, "")
    assert Decimal(outcome.nav) < 101_000
    with pytest.raises(ComponentError) as caught:
        cancel(venues, tmp_path, flow_id)
    assert caught.value.error_code == "CFG-003"


def test_a_flow_that_is_booked_cannot_be_taken_back(venues: LocalVenues, tmp_path: Path) -> None:
    venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(5_000), "")
    flow_id = declare(venues, tmp_path, "5000")
    venues.run(tmp_path, 8)
    with pytest.raises(ComponentError) as caught:
        cancel(venues, tmp_path, flow_id)
    assert caught.value.error_code == "CFG-003" and "opposite" in caught.value.line


def test_money_that_is_declared_while_a_start_compares_is_declared_in_time(venues: LocalVenues, tmp_path: Path) -> None:
    class TimeOfAPerson(LocalTime):
        """Somebody declares what has come while the start waits for its second look."""

        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            if seconds == LATE_SECONDS and not told:
                told.append(declare(venues, tmp_path, "1000"))

    told: list[str] = []
    venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(1_000), "")
    world = dataclasses.replace(venues.live_world(), time=TimeOfAPerson(venues.world.clock, {}))
    assert run_live(venues.options(tmp_path, 8), venues.environment(), world).ending is LiveEnding.DONE
    assert told and waiting(venues, tmp_path) == []


def test_nothing_is_taken_back_under_a_running_process(venues: LocalVenues, tmp_path: Path) -> None:
    codes: list[str] = []

    def take_back() -> None:
        with pytest.raises(ComponentError) as caught:
            cancel(venues, tmp_path, "flow.1")
        codes.append(caught.value.error_code)

    venues.happenings[7] = take_back
    venues.run(tmp_path, 10)
    assert codes == ["RES-001"]


def test_two_flows_declared_at_one_time_are_two(venues: LocalVenues, tmp_path: Path) -> None:
    venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(10_000), "")
    assert declare(venues, tmp_path, "5000") != declare(venues, tmp_path, "5000")
    outcome = venues.run(tmp_path, 8)
    assert (outcome.ending, outcome.held) == (LiveEnding.DONE, "")
    assert Decimal(outcome.nav) > 109_000


def test_the_command_declares_lists_and_takes_back(
    venues: LocalVenues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in venues.environment().items():
        monkeypatch.setenv(name, value)
    with serve(venues.application, 0) as running:
        options = ["--sandbox", running.url, "--dir", str(tmp_path), "--set", venues.overrides[0]]

        def flow(*more: str) -> str:
            assert main(["flow", "btc_basis", *options, *more]) == 0
            return capsys.readouterr().out

        flow_id = flow("--amount", "5000", "--venue", "bybit").split()[1].removesuffix(":")
        assert flow() == f"{flow_id}: 5000 USDT at bybit\n"
        assert main(["recover", "btc_basis", *options]) == 0
        assert f"declared: {flow_id}: 5000 USDT at bybit" in capsys.readouterr().out
        assert flow("--cancel", flow_id) == f"taken back {flow_id}\n"
        assert flow() == "No flow waits to be booked.\n"


@pytest.mark.parametrize(
    "arguments", [("--amount", "5"), ("--venue", "bybit"), ("--cancel", "a", "--amount", "5"), ("--amount", "much")]
)
def test_options_of_a_flow_that_do_not_go_together_are_bad_input(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--venue", "bybit") if "much" in arguments else ()
    assert main(["flow", "btc_basis", "--dir", str(tmp_path), *arguments, *more]) == 2
    assert capsys.readouterr().err.startswith("CFG-003")


class AheadTime:
    """A machine's clock that is years ahead of the venues'."""

    def now(self) -> int:
        return 4_000_000_000 * 10**9

    def wait(self, seconds: float) -> None:
        """Nobody waits on it."""


def test_money_declared_on_a_clock_that_is_years_ahead_is_booked_at_the_next_tick(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 48))
    options, environment = venues.options(tmp_path), venues.environment()
    left: list[list[str]] = []

    def bring() -> None:
        venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(1_000), "")
        world = dataclasses.replace(venues.live_world(), time=AheadTime())
        assert care.declare_flow(options, environment, Decimal(1_000), "USDT", "bybit", world)

    venues.happenings.update({5: bring, 6: lambda: left.append(waiting(venues, tmp_path))})
    assert venues.run(tmp_path, 12).ending is LiveEnding.DONE
    assert left == [[]]
