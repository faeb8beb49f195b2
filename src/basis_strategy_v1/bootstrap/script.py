"""Files of instruction blocks: reading them, checking them, making a strategy of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from basis_strategy_v1.bootstrap.block_checks import problems_of
from basis_strategy_v1.bootstrap.options import DryRunReport
from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.parsing import parse_block
from basis_strategy_v1.core.domain.timestamps import to_iso, to_nanoseconds
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.strategies.scripted_strategy import ScriptedBlock, ScriptedStrategy


class ScriptBlock(msgspec.Struct, frozen=True):
    """One block of a file; ``at`` in ns, None for the first row."""

    at: int | None
    block: InstructionBlock


def read_script(path: Path, lst_type: str) -> list[ScriptBlock]:
    """The blocks of a YAML or JSON file: a list, each an instruction, a list or an atomic block, with optional ``at:``.

    Raises:
        ComponentError: EIM-001 when the file cannot be read or is no list; EIM-002, EIM-004, EIM-008 for a block.
    """
    document = _load(path)
    if isinstance(document, dict) and set(document) == {"blocks"}:
        document = document["blocks"]
    if not isinstance(document, list) or not document:
        raise ComponentError("EIM-001", f"{path} must hold a list of instruction blocks")
    blocks: list[ScriptBlock] = []
    for position, entry in enumerate(document, start=1):
        try:
            blocks.append(_block(entry, lst_type))
        except ComponentError as error:
            raise ComponentError(
                error.error_code, f"block {position} of {path}: {error.message}", original_exception=error
            ) from error
    return blocks


def _load(path: Path) -> Any:
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return json.loads(text)
        return yaml.load(text, Loader=_exact_loader())  # noqa: S506 - it derives from SafeLoader
    except OSError as error:
        raise ComponentError("EIM-001", f"{path} cannot be read: {error.strerror}", original_exception=error) from error
    except (ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ComponentError(
            "EIM-001", f"{path} is neither YAML nor JSON: {reason}", original_exception=error
        ) from error


def _exact_loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Times stay text, so that a time without zone is read as UTC like everywhere else."""

    Loader.yaml_implicit_resolvers = {
        key: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


def _block(entry: Any, lst_type: str) -> ScriptBlock:
    at: int | None = None
    if isinstance(entry, dict) and "at" in entry:
        entry = dict(entry)
        at = _time(entry.pop("at"))
        if set(entry) == {"block"}:
            entry = entry["block"]
    return ScriptBlock(at, parse_block(entry, lst_type=lst_type))


def _time(value: Any) -> int:
    if isinstance(value, int):
        raise ComponentError("EIM-004", f"at = {value!r} is no time; write it as 2024-07-01T00:00Z")
    try:
        return to_nanoseconds(value)
    except ValueError as error:
        raise ComponentError(
            "EIM-004", f"at = {value!r} is no time; write it as 2024-07-01T00:00Z", original_exception=error
        ) from error


def scripted_strategy(script: list[ScriptBlock], market: MarketColumns) -> ScriptedStrategy:
    """A strategy that runs the blocks at their times.

    Raises:
        ComponentError: CFG-005 when a block's time lies outside the data.
    """
    blocks: list[ScriptedBlock] = []
    for position, entry in enumerate(script, start=1):
        outside = _outside(entry, market)
        if outside:
            raise ComponentError("CFG-005", f"block {position}: {outside}")
        blocks.append(ScriptedBlock(market.time(0) if entry.at is None else entry.at, entry.block))
    return ScriptedStrategy(blocks)


def _outside(entry: ScriptBlock, market: MarketColumns) -> str:
    first, last = market.time(0), market.time(len(market) - 1)
    if entry.at is None or first <= entry.at <= last:
        return ""
    return f"{to_iso(entry.at)} lies outside the data, {to_iso(first)} to {to_iso(last)}"


def dry_run(script: list[ScriptBlock], specs: tuple[VenueSpec, ...], market: MarketColumns | None) -> DryRunReport:
    """Check blocks against the venues of a run, and their times against ``market`` where there is one.

    Nothing is executed.
    """
    lines: list[str] = []
    ok = True
    for position, entry in enumerate(script, start=1):
        problems = problems_of(entry.block, specs)
        if market is not None and (outside := _outside(entry, market)):
            problems.insert(0, f"CFG-005: {outside}")
        when = "first row" if entry.at is None else to_iso(entry.at)
        lines.append(f"block {position} ({when}): {'; '.join(problems) if problems else 'ok'}")
        ok = ok and not problems
    return DryRunReport(lines, ok)
