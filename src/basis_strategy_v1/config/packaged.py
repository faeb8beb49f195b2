"""The files that come with the package: modes, venues and examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from basis_strategy_v1.config.yaml_documents import read_yaml_mapping
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

_HERE = Path(__file__).parent
EXAMPLE_PREFIX = "example:"

MODES = (
    "pure_lending",
    "btc_basis",
    "eth_basis",
    "eth_staking_only",
    "eth_leveraged",
    "usdt_market_neutral_no_leverage",
    "usdt_market_neutral",
)
"""The seven strategy modes."""


class ModeDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy mode as packaged.

    ``hedged`` modes hold perpetuals on the exchanges of ``strategy.hedge_allocation``; ``venues`` are needed besides
    those. ``share_classes`` maps each share class the mode takes to its own defaults, laid over ``defaults``.
    """

    description: str
    available: bool
    hedged: bool
    venues: tuple[str, ...]
    assets: tuple[str, ...]
    share_classes: dict[str, dict[str, Any]]
    defaults: dict[str, Any]


def mode_definition(mode: str) -> ModeDefinition:
    """The packaged definition of one of the seven modes.

    Raises:
        ComponentError: CFG-001 for any other name.
    """
    if mode not in MODES:
        raise ComponentError("CFG-001", f"there is no mode {mode!r}", remedy=f"Choose one of {', '.join(MODES)}.")
    document = read_yaml_mapping(_HERE / "modes" / f"{mode}.yaml", f"packaged mode {mode}")
    return msgspec.convert(document, ModeDefinition)


def available_modes() -> tuple[str, ...]:
    """The modes that can be run."""
    return tuple(mode for mode in MODES if mode_definition(mode).available)


def venue_names() -> tuple[str, ...]:
    """Every venue that has a packaged file."""
    return _names("venues")


def venue_document(venue: str) -> dict[str, Any]:
    """The packaged settings of a known venue, as read."""
    return read_yaml_mapping(_HERE / "venues" / f"{venue}.yaml", f"packaged venue {venue}")


def example_names() -> tuple[str, ...]:
    """The examples that ``--config example:NAME`` reads."""
    return _names("examples")


def example_description(name: str) -> str:
    """The first comment lines of an example, as one line."""
    text = (_HERE / "examples" / f"{name}.yaml").read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        if not line.startswith("# "):
            break
        lines.append(line[2:].strip())
    return " ".join(lines)


def read_config_file(config_file: Path | str) -> dict[str, Any]:
    """The mapping in a configuration file, or in the packaged example of ``example:NAME``.

    Raises:
        ComponentError: CFG-003 when there is no such file or example, or it is not a mapping.
    """
    name = str(config_file)
    if not name.startswith(EXAMPLE_PREFIX):
        return read_yaml_mapping(Path(name), f"the configuration file {name}")
    example = name.removeprefix(EXAMPLE_PREFIX)
    if example not in example_names():
        raise ComponentError(
            "CFG-003", f"there is no example {example!r}", remedy=f"Examples: {', '.join(example_names())}."
        )
    return read_yaml_mapping(_HERE / "examples" / f"{example}.yaml", name)


def _names(folder: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (_HERE / folder).glob("*.yaml")))
