"""Settings to engine: builds every object of a run, once.

The only place, besides the interface factory, that knows whether a run is a backtest or live.
"""

from basis_strategy_v1.bootstrap.options import DryRunReport, ExecuteOptions, FinishedRun, RunOptions
from basis_strategy_v1.bootstrap.runs import run_backtest, run_execute

__all__ = ["DryRunReport", "ExecuteOptions", "FinishedRun", "RunOptions", "run_backtest", "run_execute"]
