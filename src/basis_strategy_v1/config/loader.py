"""One run's configuration: command line over environment over YAML over packaged defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from basis_strategy_v1.config.aliases import normalise
from basis_strategy_v1.config.checks import check
from basis_strategy_v1.config.environment import KEY_VARIABLES, Environment, read_environment
from basis_strategy_v1.config.layers import LayeredDocument
from basis_strategy_v1.config.models import RunConfig
from basis_strategy_v1.config.overrides import ORIGIN, parse_overrides
from basis_strategy_v1.config.packaged import ModeDefinition, available_modes, mode_definition, read_config_file
from basis_strategy_v1.config.problems import validate
from basis_strategy_v1.config.resolved import ResolvedConfig, resolve
from basis_strategy_v1.config.sections import plain_section
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

DEFAULT_MODE = "btc_basis"
Values = list[tuple[list[str], Any]]


def load_config(
    mode: str | None,
    *,
    config_file: Path | str | None = None,
    overrides: Sequence[str] = (),
    environment: Mapping[str, str],
) -> ResolvedConfig:
    """Read, lay over each other, check and resolve everything that configures a run.

    Args:
        mode: one of the modes that run; None takes ``mode`` of ``overrides`` or of the file, else ``btc_basis``.
        config_file: a YAML file or ``example:NAME``.
        overrides: ``key=value`` texts, the later ones stronger.
        environment: the process's environment variables.

    Raises:
        ComponentError: CFG-001 unknown mode, CFG-002 unknown key, CFG-003 invalid value, CFG-004 shares that do not
            sum to 1, EIF-005, EIF-011 and REC-008 for the environment.
    """
    surroundings = read_environment(environment)
    where = f"{config_file}"
    from_file = normalise(read_config_file(config_file), where) if config_file is not None else {}
    from_command = parse_overrides(overrides)
    name = _mode_name(mode, from_file, from_command)
    definition = runnable_mode(name)
    layers = _layers(name, definition, from_file, where, from_command, surroundings)
    config = validate(RunConfig, layers.document, layers.origin_of)
    check(config, definition, layers.origin_of)
    return resolve(config, definition, surroundings, layers.origin_of)


def chosen_mode(config_file: Path | str | None, overrides: Sequence[str]) -> str:
    """The mode that ``--set mode=`` or the configuration file names, else ``btc_basis``.

    Raises:
        ComponentError: CFG-003 when they name two, or the file cannot be read.
    """
    from_file = normalise(read_config_file(config_file), f"{config_file}") if config_file is not None else {}
    return _mode_name(None, from_file, parse_overrides(overrides))


def default_config(mode: str) -> ResolvedConfig:
    """The packaged defaults of any of the seven modes, resolved.

    Raises:
        ComponentError: CFG-001 for an unknown mode.
    """
    definition = mode_definition(mode)
    layers = _layers(mode, definition, {}, "", [], Environment())
    config = validate(RunConfig, layers.document, layers.origin_of)
    return resolve(config, definition, Environment(), layers.origin_of)


def runnable_mode(mode: str) -> ModeDefinition:
    """The definition of a mode that can be run.

    Raises:
        ComponentError: CFG-001 for an unknown mode, and for one that cannot run yet.
    """
    definition = mode_definition(mode)
    if not definition.available:
        raise ComponentError(
            "CFG-001",
            f"mode {mode} cannot be run: it needs staking or swaps, which this version does not simulate",
            remedy=f"Modes that run: {', '.join(available_modes())}.",
        )
    return definition


def _mode_name(mode: str | None, from_file: dict[str, Any], from_command: Values) -> str:
    given = [value for path, value in from_command if path == ["mode"]]
    candidates = [mode, *given[-1:], from_file.get("mode")]
    names = [str(name) for name in candidates if name is not None]
    if len(set(names)) > 1:
        raise ComponentError(
            "CFG-003",
            f"mode is given twice: {names[0]} and {names[1]}",
            remedy="Name one mode, or drop `mode` from the configuration file.",
        )
    return names[0] if names else DEFAULT_MODE


def _layers(
    mode: str,
    definition: ModeDefinition,
    from_file: dict[str, Any],
    where: str,
    from_command: Values,
    surroundings: Environment,
) -> LayeredDocument:
    given = [value for path, value in from_command if path == ["share_class"]]
    share_class = (given or [from_file.get("share_class") or definition.defaults.get("share_class")])[-1]
    defaults = "packaged defaults"
    layers = LayeredDocument()
    layers.lay(plain_section(RunConfig(mode=mode)), defaults)
    layers.lay(definition.defaults, defaults)
    if isinstance(share_class, str):
        layers.lay(definition.share_classes.get(share_class, {}), defaults)
    layers.lay(from_file, where)
    for variable, text in surroundings.values.items():
        layers.lay_value(KEY_VARIABLES[variable].split("."), text, f"environment variable {variable}")
    for path, value in from_command:
        layers.lay_value(path, value, ORIGIN)
    layers.document["mode"] = mode
    return layers
