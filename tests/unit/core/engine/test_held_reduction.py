"""What is let through at a hard limit while decisions are held."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from basis_strategy_v1.core.domain.instructions import CexTrade, Sequence, WalletTransfer
from basis_strategy_v1.core.domain.ledger import PERP
from basis_strategy_v1.core.domain.uncertain import UncertainChange
from basis_strategy_v1.core.engine.closing import HARD
from basis_strategy_v1.core.engine.held_reduction import DELTA, HeldReduction
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.monitors.risk_monitor import RiskLevel
from simulated_market import CLASSIC
from tight_loop import MARGIN, SPOT, RecordingSink

PERPETUAL = "BTCUSDT-PERP"
MARK = Decimal(50_000)


class Desk:
    """A held run: what it holds, what its strategy would do, and what was sent."""

    def __init__(self, wanted: Iterable[Any] = (), level: RiskLevel = RiskLevel.HARD, **held: str) -> None:
        amounts = {"base": "0", "short": "0", "cash": "0", **held}
        self.held = {
            (SPOT, "BTC"): Decimal(amounts["base"]),
            (SPOT, "USDT"): Decimal(amounts["cash"]),
            (MARGIN, PERPETUAL): -Decimal(amounts["short"]),
        }
        self.sent: list[Any] = []
        self.results: list[Any] = []
        self.uncertain: list[UncertainChange] = []
        self.sink = RecordingSink()
        short = self.held[MARGIN, PERPETUAL]
        perp = SimpleNamespace(kind=PERP, amount=short, symbol="BTCUSDT", location=MARGIN)
        self.parts: Any = SimpleNamespace(
            specs=(CLASSIC,),
            uncertain=lambda: self.uncertain,
            event_logger=self.sink,
            strategy=SimpleNamespace(close=lambda view: wanted, after_liquidation=lambda view: wanted),
            portfolio=SimpleNamespace(
                amount=lambda location, asset: self.held.get((location, asset), Decimal(0)),
                base_held=lambda: self.held[SPOT, "BTC"],
                net_exposure=lambda: self.held[SPOT, "BTC"] + short,
                is_tradable=lambda *_: True,
            ),
            risk_monitor=SimpleNamespace(ratios={}, update_state=lambda *_: level),
            position_monitor=SimpleNamespace(ledger=SimpleNamespace(at=lambda location: {PERPETUAL: perp})),
            execution_manager=SimpleNamespace(execute_block=self._execute),
        )

    def _execute(self, timestamp: int, block: Any) -> Any:
        self.sent.append(block)
        return self.results.pop(0) if self.results else SimpleNamespace(error=None, is_unknown=False)

    def run(self, limit: str = HARD) -> list[str]:
        view: Any = SimpleNamespace(timestamp=1, row=0)
        HeldReduction(self.parts).run(view, limit, "an outcome is unknown")
        amounts = [f"{item.amount.normalize():f}" for item in self.sent]
        return [
            f"{item.side} {amount}" if isinstance(item, CexTrade) else amount
            for item, amount in zip(self.sent, amounts, strict=True)
        ]


def doubt(location: str, asset: str, amount: str) -> UncertainChange:
    prices = {} if asset == "USDT" else {asset: MARK}
    return UncertainChange(name="a", venue="alpha", changes={location: {asset: Decimal(amount)}}, prices=prices)


def trade(trade_type: Any, side: Any, amount: str) -> CexTrade:
    return CexTrade(venue="alpha", trade_type=trade_type, symbol="BTCUSDT", side=side, amount=Decimal(amount))


def move(source: str, target: str, amount: str) -> WalletTransfer:
    return WalletTransfer(from_venue=source, to_venue=target, token="USDT", amount=Decimal(amount))


def stopped(code: str) -> Any:
    return SimpleNamespace(error=ComponentError(code, "why"), is_unknown=False)


def test_an_exit_is_cut_to_what_is_certainly_held() -> None:
    desk = Desk([trade("spot", "sell", "2"), trade("perp", "buy", "2")], RiskLevel.NORMAL, base="2", short="2")
    desk.uncertain = [doubt(MARGIN, PERPETUAL, "0.5")]
    assert desk.run() == ["sell 2", "buy 1.5"]
    assert desk.sent[1].reduce_only and not desk.sent[0].reduce_only


def test_what_cannot_be_said_to_reduce_waits_and_is_told_once() -> None:
    desk = Desk([trade("spot", "sell", "1"), trade("spot", "buy", "1")], RiskLevel.NORMAL, base="1")
    desk.uncertain = [doubt(SPOT, "BTC", "-1")]
    reduction, view = HeldReduction(desk.parts), SimpleNamespace(timestamp=1, row=0)
    for _ in range(2):
        assert not reduction.run(view, HARD, "held")  # type: ignore[arg-type]
    assert desk.sent == []
    assert [data["waits"] for *_, data in desk.sink.events] == [
        "sell 1 spot BTCUSDT at alpha, buy 1 spot BTCUSDT at alpha"
    ]


def test_margin_is_topped_up_from_what_is_certainly_there_and_never_taken_away() -> None:
    desk = Desk([move(SPOT, MARGIN, "900"), move(MARGIN, SPOT, "100")], RiskLevel.NORMAL, cash="900")
    desk.uncertain = [doubt(SPOT, "USDT", "-300")]
    assert desk.run() == ["600"]


def test_a_short_whose_spot_is_in_doubt_shrinks_until_net_exposure_could_be_larger() -> None:
    desk = Desk([], base="1", short="1")
    desk.uncertain = [doubt(SPOT, "BTC", "-0.6")]
    assert desk.run() == ["buy 0.6"]


def test_a_short_that_is_hedged_for_certain_is_not_shrunk_without_its_spot() -> None:
    assert Desk([], base="1", short="1").run() == []


def test_an_account_within_its_limit_is_left_alone() -> None:
    desk = Desk([], RiskLevel.SOFT, base="1", short="1")
    desk.uncertain = [doubt(SPOT, "BTC", "-0.6")]
    assert desk.run() == []


def test_shorts_that_have_lost_their_spot_are_bought_back_whatever_the_margin() -> None:
    assert Desk([], RiskLevel.NORMAL, base="0.25", short="1").run() == ["buy 0.75"]


def test_coins_that_hedge_a_short_out_of_reach_are_kept() -> None:
    desk = Desk([trade("spot", "sell", "1")], RiskLevel.NORMAL, base="1", short="0.75")
    desk.parts.portfolio.is_tradable = lambda *_: False
    assert desk.run() == ["sell 0.25"]


@pytest.mark.parametrize(
    ("base", "short", "change", "sent"),
    [("0.9", "0", "-0.5", ["sell 0.4"]), ("0", "0.9", "0.5", ["buy 0.4"]), ("0.9", "0", "-1", [])],
)
def test_too_much_net_exposure_is_reduced_to_where_it_may_be_gone(
    base: str, short: str, change: str, sent: list[str]
) -> None:
    desk = Desk([trade("spot", "sell", "0.9")] if base != "0" else [], base=base, short=short)
    desk.uncertain = [doubt("elsewhere", "BTC", change)]
    assert desk.run(DELTA) == sent


@pytest.mark.parametrize("code", ["PUH-011", "PUH-005", "EXI-003", "EXI-006"])
def test_a_block_that_fails_does_not_keep_the_next_from_reducing(code: str) -> None:
    desk = Desk([trade("spot", "sell", "1"), trade("perp", "buy", "1")], RiskLevel.NORMAL, base="1", short="1")
    desk.results = [stopped(code)]
    assert desk.run() == ["sell 1", "buy 1"]


@pytest.mark.parametrize("code", ["PUH-013", "EIM-005", "REC-001"])
def test_an_error_that_ends_the_run_ends_it(code: str) -> None:
    desk = Desk([trade("spot", "sell", "1")], base="1")
    desk.results = [stopped(code)]
    with pytest.raises(ComponentError):
        desk.run()


def test_after_another_unknown_outcome_the_rest_waits_for_the_next_row() -> None:
    desk = Desk([trade("spot", "sell", "1"), trade("perp", "buy", "1")], RiskLevel.NORMAL, base="1", short="1")
    desk.results = [SimpleNamespace(error=None, is_unknown=True)]
    assert desk.run() == ["sell 1"]


def test_a_strategy_that_says_nothing_trades_keeps_no_account_from_being_relieved() -> None:
    def silent() -> Any:
        raise ComponentError("EXI-003", "nothing trades")
        yield

    desk = Desk(silent(), base="0", short="1")
    assert desk.run() == ["buy 1"]


@pytest.mark.parametrize(
    ("closing", "level", "within", "reference", "limit"),
    [
        ("", RiskLevel.NORMAL, True, True, ""),
        ("", RiskLevel.SOFT, True, True, ""),
        ("", RiskLevel.HARD, True, True, HARD),
        ("", RiskLevel.NORMAL, False, True, DELTA),
        ("", RiskLevel.NORMAL, False, False, ""),
        ("hard_limit", RiskLevel.NORMAL, True, True, "hard_limit"),
        ("liquidation", RiskLevel.NORMAL, True, True, "liquidation"),
        ("exit_at", RiskLevel.SOFT, True, True, ""),
        ("exit_at", RiskLevel.HARD, False, True, HARD),
        ("hard_limit during exit_at", RiskLevel.NORMAL, True, True, "hard_limit during exit_at"),
    ],
)
def test_only_a_hard_limit_does_not_wait(
    closing: str, level: RiskLevel, within: bool, reference: bool, limit: str
) -> None:
    desk = Desk([], level, base="1")
    desk.parts.pnl_monitor = SimpleNamespace(nav=Decimal(1), mark_to=lambda row: None)
    desk.parts.clock = SimpleNamespace(row=0)
    desk.parts.market = SimpleNamespace(reference=SimpleNamespace(decimal=lambda row: MARK) if reference else None)
    desk.parts.risk_monitor.delta_within_limit = lambda *_: within
    assert HeldReduction(desk.parts).limit(closing, 1) == limit


def test_what_the_run_does_not_trade_is_not_let_through() -> None:
    unknown = CexTrade(venue="alpha", trade_type="perp", symbol="SOLUSDT", side="buy", amount=Decimal(1))
    assert Desk([unknown], RiskLevel.NORMAL).run() == []
    assert Desk([Sequence((trade("spot", "sell", "1"),))], RiskLevel.NORMAL, base="1").run() == []


def test_an_error_of_the_strategy_is_not_passed_over() -> None:
    def broken() -> Any:
        raise ComponentError("EIM-001", "a block that cannot be read")
        yield

    with pytest.raises(ComponentError):
        Desk(broken()).run()
