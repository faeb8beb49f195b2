"""Margin that could not be sent is sent again later, so that no capital stays idle for good."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.bootstrap.assembly import Assembly
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferReport, TransferRequest
from engine_runs import Run, constant_scene, run, settings_of

PRICES = {"btc_basis": 50_000.0, "eth_basis": 2_000.0}
NO_SLIPPAGE = "execution_settings.slippage_model=none"
DRIVES = ["segments", "every_row"]


def closed_until(row: int) -> Callable[[Assembly], None]:
    """Makes Binance send nothing to another venue before ``row``."""

    def tamper(assembly: Assembly) -> None:
        exchange: Any = assembly.world.exchanges["binance"]
        clock = assembly.parts.clock
        send = exchange.transfer

        def send_or_refuse(request: TransferRequest) -> TransferReport:
            if request.to_location.startswith("binance") or clock.row >= row:
                report: TransferReport = send(request)
                return report
            return TransferReport(
                client_transfer_id=request.client_transfer_id,
                token=request.token,
                sent=request.amount,
                fee=Decimal(0),
                received=Decimal(0),
                outcome=Outcome.REJECTED,
                error_code="EXI-003",
                reason="withdrawals are suspended",
            )

        exchange.transfer = send_or_refuse

    return tamper


def run_with_closed_withdrawals(row: int, drive: str, *overrides: str, mode: str = "btc_basis", rows: int = 60) -> Run:
    chosen = settings_of(mode, "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}", NO_SLIPPAGE, *overrides)
    scene = constant_scene(("binance", "bybit"), rows, PRICES[mode])
    return run(chosen, scene, drive=drive, before=closed_until(row))


def rows_of(done: Run, status: str) -> list[int]:
    return [done.row_of(record) for record in done.records if record.status == status and "->bybit" in record.side]


@pytest.mark.parametrize("drive", DRIVES)
def test_margin_that_a_venue_did_not_send_is_sent_when_it_does_again(drive: str) -> None:
    done = run_with_closed_withdrawals(20, drive)
    assert rows_of(done, "in_transit") == [24]
    assert done.positions["bybit"]["BTCUSDT-PERP"] < 0


@pytest.mark.parametrize("drive", DRIVES)
def test_a_venue_that_sends_nothing_is_asked_less_and_less_often(drive: str) -> None:
    done = run_with_closed_withdrawals(1_000, drive)
    assert rows_of(done, "rejected") == [0, 1, 2, 3, 4, 5, 6, 8, 11, 16, 24, 32, 40, 48, 56]


@pytest.mark.parametrize("drive", DRIVES)
def test_nothing_is_sent_again_once_it_has_left(drive: str) -> None:
    done = run_with_closed_withdrawals(3, drive)
    assert rows_of(done, "rejected") == [0, 1, 2]
    assert rows_of(done, "in_transit") == [3]
