"""Writing a run's result: the whole directory appears at once, or nothing does."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from basis_strategy_v1.core.engine.run_result import RunResult
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.results.config_file import write_config
from basis_strategy_v1.results.equity_file import write_equity
from basis_strategy_v1.results.instructions_file import write_instructions
from basis_strategy_v1.results.summary import build_summary, encode_summary

COMPONENT = "ResultStore"
_OCCUPIED = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR})


def write_run(
    result: RunResult,
    out: Path,
    run_id: str,
    config_document: dict[str, Any],
    config_sha256: str,
    write_events: Callable[[Path], None] | None,
    write_report: Callable[[Path, str], None] | None = None,
) -> Path:
    """Write ``<out>/<run_id>/`` and return it; with the suffix ``-2``, ``-3``, ... when that name is taken.

    ``write_events`` is given the directory first and writes ``events.csv`` and ``logs/events/`` there; ``write_report``
    is given it last, when all other files are in it, with the name the run is expected to get.
    The files are written to a hidden sibling directory that is renamed at the end. After any exception,
    Ctrl-C included, that directory is gone, and so is ``out`` where it did not exist before.

    Raises:
        ComponentError: RES-001 when something cannot be written.
    """
    with _unwritable_as_error(out), _created(out):
        partial = _make_partial(out, run_id)
        try:
            if write_events is not None:
                write_events(partial)
            _write_files(partial, result, config_document, config_sha256)
            if write_report is not None:
                write_report(partial, _free_name(out, run_id))
            return _publish(partial, out, run_id)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def check_writable(out: Path) -> None:
    """See whether a result could be written under ``out``, without creating anything.

    Raises:
        ComponentError: RES-001 when ``out``, or the nearest folder above it that exists, is no writable folder.
    """
    with _unwritable_as_error(out):
        existing = out.absolute()
        while not existing.exists() and not existing.is_symlink():
            existing = existing.parent
        if not existing.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(existing))
        if not os.access(existing, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(existing))


def _write_files(directory: Path, result: RunResult, config_document: dict[str, Any], config_sha256: str) -> None:
    write_equity(directory / "equity.parquet", result.market.timestamps, result.equity)
    result.complete()
    summary = encode_summary(build_summary(result, config_sha256))
    (directory / "summary.json").write_text(summary, encoding="utf-8")
    write_config(directory / "config.yaml", config_document)
    write_instructions(directory / "instructions.parquet", result.instructions)


def _make_partial(out: Path, run_id: str) -> Path:
    attempt = 0
    while True:
        partial = out / f".{run_id}.partial-{os.getpid()}{f'-{attempt}' if attempt else ''}"
        try:
            partial.mkdir()
        except FileExistsError:
            attempt += 1
        else:
            return partial


def _publish(partial: Path, out: Path, run_id: str) -> Path:
    """Rename ``partial`` to the first free name. A rename onto a filled directory fails, so nothing is overwritten."""
    names = _names(run_id)
    while True:
        final = out / next(names)
        if final.exists():
            continue
        try:
            partial.rename(final)
        except OSError as error:
            if error.errno in _OCCUPIED:
                continue
            raise
        return final


def _names(run_id: str) -> Iterator[str]:
    """``run_id``, ``run_id-2``, ``run_id-3``, ..."""
    return (run_id if attempt == 1 else f"{run_id}-{attempt}" for attempt in count(1))


def _free_name(out: Path, run_id: str) -> str:
    return next(name for name in _names(run_id) if not (out / name).exists())


@contextmanager
def _created(directory: Path) -> Iterator[None]:
    """``directory`` and its parents; those that were made here go again when the body raises."""
    made: list[Path] = []
    try:
        for folder in reversed([directory, *directory.parents]):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                made.append(folder)
        yield
    except BaseException:
        for folder in reversed(made):
            _remove_if_empty(folder)
        raise


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        # Another run has put its result here meanwhile: the folder is no longer ours to remove.
        return


@contextmanager
def _unwritable_as_error(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else str(out)
        reason = error.strerror or str(error)
        raise ComponentError(
            "RES-001",
            f"the result cannot be written under {out}: {reason} ({where})",
            component=COMPONENT,
            original_exception=error,
            remedy="Free some space, or choose a folder you may write to with --out.",
        ) from error
