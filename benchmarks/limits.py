"""The limits on speed, memory and idle work, one by one: ``make bench BENCH='--only limits'``.

- Interface creation: one interface by the factory, the slowest of all venues. Simulated: with a world of its own.
  Live: over a connection, and with the connection as well; nothing is asked. ccxt takes its own time to make its
  objects, one for each of a venue's APIs; that is told beside it.
- Execution method: an instruction through manager, interface and tight loop, the slowest kind. Live: our own code.
- Mode switch: from resolved settings to another mode's strategy, books and monitors. Backtest or live is decided where
  interfaces are created, so that this switch is their creation.
- Interfaces: what the interfaces of a run hold. Live: connections to four exchanges with their markets loaded.
- Normal operation: the CPU that a live run over three local venues takes while it watches, after its start.

Imports, I/O and the venues' own time do not count. Figures are medians.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.local_venues import local_venues
from benchmarks.measure import python_module, run_process

THREE = ("binance", "bybit", "okx")
FOUR = (*THREE, "hyperliquid")
PATIENCE_SECONDS = 60.0
LIVE_ORDERS = 100


class Limit(NamedTuple):
    """A limit, in the unit of the figures held against it."""

    name: str
    most: float
    unit: str

    def row(self, subject: str, measured: float) -> list[str]:
        """A line of the table."""
        verdict = "met" if measured < self.most else "MISSED"
        return [self.name, subject, f"{measured:.3f} {self.unit}", f"< {self.most:g} {self.unit}", verdict]


CREATION = Limit("interface creation", 10.0, "ms")
METHOD = Limit("execution method", 100.0, "ms")
SWITCH = Limit("mode switch", 1.0, "ms")
MEMORY = Limit("interfaces", 50.0, "MB")
OPERATION = Limit("normal operation", 2.0, "% CPU")
HEADER = ("limit", "subject", "measured", "limit", "verdict")


def rows(idle_seconds: float) -> list[list[str]]:
    """All limits, measured now; the run that only watches is watched for ``idle_seconds``."""
    simulated: dict[str, Any] = run_process(python_module("benchmarks.limits_subject", "simulated")).report
    live = _live_figures()
    return [
        CREATION.row("simulated", simulated["creation_s"] * 1e3),
        CREATION.row("live, over a connection", live["creation_s"] * 1e3),
        CREATION.row(f"live, with its connection (+ ccxt {live['ccxt_s'] * 1e3:.1f} ms)", live["connected_s"] * 1e3),
        METHOD.row("simulated, with the tight loop", simulated["method_s"] * 1e3),
        METHOD.row("live, our own code", _live_method_ms()),
        SWITCH.row("strategy, books and monitors", simulated["switch_s"] * 1e3),
        MEMORY.row("simulated, of a run", simulated["memory_mb"]),
        MEMORY.row("live, four exchanges", live["memory_mb"]),
        OPERATION.row(f"live, three venues, {idle_seconds:.0f} s", _idle_share(idle_seconds) * 100),
    ]


def _live_figures() -> dict[str, float]:
    with local_venues(*FOUR) as (address, credentials):
        command = python_module("benchmarks.limits_subject", "live", address)
        finished = subprocess.run(
            command, env={**os.environ, **credentials}, capture_output=True, text=True, check=True
        )
    figures: dict[str, float] = json.loads(finished.stdout)
    return figures


def _live_method_ms() -> float:
    """Our own part of an order on the live path; see ``benchmarks.live_path``."""
    from benchmarks import live_path

    laps = live_path.measure(live_path.Subject("binance", "spot", LIVE_ORDERS), inside=False)
    return live_path.median_of(laps, live_path.own_parts(laps))


def _idle_share(idle_seconds: float) -> float:
    """The share of one CPU that ``basis live`` takes in real time once it has opened its positions."""
    with local_venues(*THREE, speed="1") as (address, credentials), tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("basis")), "live", "btc_basis", "--sandbox", address]
        command += ["--set", "strategy.hedge_allocation={binance: 0.4, bybit: 0.3, okx: 0.3}", "--dir", folder]
        environment = {**os.environ, **credentials, "XDG_STATE_HOME": folder}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
            try:
                _await_tick(Path(folder) / "status.json")
                before, began = _cpu_seconds(process.pid), time.monotonic()
                time.sleep(idle_seconds)
                return (_cpu_seconds(process.pid) - before) / (time.monotonic() - began)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE_SECONDS)


def _await_tick(status: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not status.exists():
        if time.monotonic() > until:
            raise SystemExit(f"the live run has made no tick within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.2)


def _cpu_seconds(process_id: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
