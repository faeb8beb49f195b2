"""A run from options to result directory."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from basis_strategy_v1.bootstrap.assembly import assemble
from basis_strategy_v1.bootstrap.market import SHORT_EXTREMES, load
from basis_strategy_v1.bootstrap.notices import idle_notice, rejection_counts, unpaid_redemptions
from basis_strategy_v1.bootstrap.options import DryRunReport, ExecuteOptions, FinishedRun, RunOptions
from basis_strategy_v1.bootstrap.result import build_result
from basis_strategy_v1.config.loader import load_config
from basis_strategy_v1.config.resolved import ResolvedConfig
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.engine.run_result import RunResult
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.strategy import Strategy
from basis_strategy_v1.data.loader import LoadedMarket
from basis_strategy_v1.data.needs import MARK_EXTREMES
from basis_strategy_v1.results.reader import read_summary
from basis_strategy_v1.results.store import check_writable, write_run
from basis_strategy_v1.venues.registry import register, spec_for

StrategyMaker = Callable[[ResolvedConfig, LoadedMarket], Strategy]


def run_backtest(options: RunOptions, environment: Mapping[str, str]) -> FinishedRun:
    """Run a mode over a dataset and write the result.

    Raises:
        ComponentError: CFG-*, DAT-*, EIF-* for input that cannot be run, RES-001 when the result cannot be written.
    """
    config = load_config(
        options.mode, config_file=options.config_file, overrides=options.overrides, environment=environment
    )

    def mode_strategy(config: ResolvedConfig, loaded: LoadedMarket) -> Strategy:
        return make_strategy(config.settings, spec_for)

    return _run(config, options, mode_strategy)


def run_execute(options: ExecuteOptions, environment: Mapping[str, str]) -> FinishedRun | DryRunReport:
    """Run or check the instruction blocks of a file.

    Raises:
        ComponentError: as ``run_backtest``; EIM-001, EIM-002, EIM-004, EIM-008 for a block that cannot be understood;
            EIM-003, EIM-012, EXI-005 for one that names what the run does not have; EIF-011 in live mode.
    """
    # Imported here: a backtest has no use for reading blocks.
    from basis_strategy_v1.bootstrap.block_checks import refuse_unaddressable
    from basis_strategy_v1.bootstrap.script import dry_run, read_script, scripted_strategy

    config = load_config(
        options.mode, config_file=options.config_file, overrides=options.overrides, environment=environment
    )
    if config.settings.execution_mode == "live":
        raise ComponentError(
            "EIF-011",
            "BASIS_EXECUTION_MODE is live, and blocks of a file are executed on simulated venues only",
            remedy="Unset it or set it to backtest; 'basis live' runs a mode on real venues.",
        )
    script = read_script(options.file, config.settings.strategy.lst_type)
    specs = _specs(config)
    if options.dry_run:
        return dry_run(script, specs, _known_market(config, specs, options))
    refuse_unaddressable([entry.block for entry in script], specs)

    def strategy(config: ResolvedConfig, loaded: LoadedMarket) -> Strategy:
        return scripted_strategy(script, loaded.market)

    run_options = RunOptions(
        mode=options.mode,
        data_dir=options.data_dir,
        start=options.start,
        end=options.end,
        out=options.out,
        seed=options.seed,
        report=options.report,
        progress=options.progress,
    )
    return _run(config, run_options, strategy, is_script=True)


def _known_market(
    config: ResolvedConfig, specs: tuple[VenueSpec, ...], options: ExecuteOptions
) -> MarketColumns | None:
    """The market that the blocks would meet; None when no dataset was named and there is none in the usual place."""
    if options.data_dir is None and not Path(config.settings.data_dir).exists():
        return None
    use_ledger_context()
    return load(config.settings, specs, options.data_dir, options.start, options.end).market


def _specs(config: ResolvedConfig) -> tuple[VenueSpec, ...]:
    register()
    return tuple(spec_for(venue) for venue in config.settings.venues)


def _run(
    config: ResolvedConfig, options: RunOptions, strategy: StrategyMaker, *, is_script: bool = False
) -> FinishedRun:
    use_ledger_context()
    check_writable(options.out)
    specs = _specs(config)
    # A script may buy perpetuals, a mode only sells them.
    extremes = MARK_EXTREMES if is_script else SHORT_EXTREMES
    loaded = load(config.settings, specs, options.data_dir, options.start, options.end, extremes)
    run_id = f"{config.settings.mode}-{config.sha256[:10]}-{loaded.sha256[:10]}"
    assembly = assemble(config.settings, specs, loaded.market, strategy(config, loaded), run_id, drive=options.drive)
    began = time.perf_counter()
    assembly.engine.run_backtest(options.progress)
    elapsed = time.perf_counter() - began
    result = build_result(assembly, loaded, config, elapsed, time.perf_counter, with_report=options.report)
    directory = write_run(
        result,
        options.out,
        run_id,
        config.document,
        config.sha256,
        _events_writer(assembly.event_logger, result),
        _report_writer(result) if options.report else None,
    )
    failed = result.failed or (is_script and any(entry.error for entry in assembly.log.entries))
    return FinishedRun(
        directory,
        read_summary(directory),
        1 if failed else 0,
        rejection_counts(result.instructions),
        (
            *unpaid_redemptions(assembly),
            *assembly.parts.strategy.notices(),
            *idle_notice(result.instructions, is_script=is_script),
        ),
    )


def _events_writer(events: EventLogger, result: RunResult) -> Callable[[Path], None]:
    """Writes the events; the time their JSON lines take is part of the run's, that of the CSV beside them is not."""

    def write(directory: Path) -> None:
        began = time.perf_counter()
        events.write_jsonl(directory / "logs" / "events")
        result.elapsed_s += time.perf_counter() - began
        events.export_csv(directory / "events.csv")

    return write


def _report_writer(result: RunResult) -> Callable[[Path, str], None]:
    def write(directory: Path, run_name: str) -> None:
        # Imported here: a run without report has no use for templates and charts.
        from basis_strategy_v1.results.report import write_report

        write_report(directory, result, run_name)

    return write
