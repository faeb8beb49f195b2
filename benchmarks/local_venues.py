"""Local venues in a process of their own, for benchmarks of the live path."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

PATIENCE_SECONDS = 30


@contextmanager
def local_venues(
    *venues: str, speed: str = "manual", balances: Sequence[str] = (), data: str = "sample:"
) -> Iterator[tuple[str, dict[str, str]]]:
    """Open ``venues`` on ``data``; their address, and the credentials of their accounts as environment variables."""
    command = [sys.executable, "-m", "basis_strategy_v1.cli.main", "sandbox", "up"]
    command += ["--venues", ",".join(venues), "--speed", speed, "--port", "0", "--data", data]
    for holding in balances:
        command += ["--balance", holding]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url, environment = "", {}
        for line in process.stdout:
            if line.startswith("url"):
                url = line.split()[1]
            elif line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                environment[name] = value
            elif line.startswith("stop"):
                break
        try:
            yield url, environment
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
