"""Checks that look at more than one key."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from basis_strategy_v1.config.models import ALIAS_FORM, FlowConfig, RunConfig
from basis_strategy_v1.config.packaged import ModeDefinition, venue_names
from basis_strategy_v1.config.problems import COMPONENT, invalid_value, nearest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

Origin = Callable[[str], str]
WALLET = "wallet"
COLUMN_KINDS = (
    *("spot", "perp", "mark", "mark_high", "mark_low", "funding", "volume", "oracle", "dex", "gas"),
    *("supply_apr", "borrow_apr", "supply_index", "borrow_index", "lst_rate", "market_rate"),
)
"""What a dataset's columns may hold: the first part of their names."""

_VERSION = re.compile(r"_v\d+\Z")
_ALIAS = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)?\Z")


def check(config: RunConfig, mode: ModeDefinition, origin_of: Origin) -> None:
    """Everything about a run's configuration that no single key shows.

    Raises:
        ComponentError: CFG-003 or CFG-004, naming the key.
    """
    _check_choice("asset", config.asset, mode.assets, origin_of)
    _check_choice("share_class", config.share_class, tuple(mode.share_classes), origin_of)
    _check_bands(config, origin_of)
    if mode.hedged:
        check_shares("strategy.hedge_allocation", config.strategy.hedge_allocation, origin_of)
    if config.initial_location is not None:
        check_shares("initial_location", config.initial_location, origin_of)
        for location in () if mode.hedged else config.initial_location:
            _check_wallet_only("initial_location", location, config.mode, origin_of)
    for number, flow in enumerate(config.flows):
        _check_flow(f"flows.{number}", flow, config.asset, origin_of)
        if not mode.hedged:
            _check_wallet_only(f"flows.{number}.venue", flow.venue, config.mode, origin_of)
    _check_aliases(config.data.data_aliases, origin_of)


def check_shares(key: str, shares: dict[str, Decimal], origin_of: Origin) -> None:
    """Shares of known venues, each from 0 to 1, that sum to exactly 1."""
    for location in shares:
        check_location(f"{key}.{location}", location, origin_of)
    total = sum(shares.values(), Decimal(0))
    if total != 1:
        where = origin_of(key)
        raise ComponentError(
            "CFG-004",
            f"{key} sums to {total.normalize():f}, not 1" + (f" ({where})" if where else ""),
            COMPONENT,
            remedy=f"Make its shares sum to 1, such as {{{next(iter(shares), 'binance')}: 1.0}}.",
        )
    for location, share in shares.items():
        if not 0 <= share <= 1:
            raise invalid_value(f"{key}.{location}", share, "a number, 0 <= value <= 1", origin_of(key))


def check_location(key: str, location: str, origin_of: Origin) -> None:
    """``venue`` or ``venue.wallet`` of a known venue."""
    known = venue_names()
    venue = location.partition(".")[0]
    if venue in known:
        return
    close = nearest(venue, list(known))
    hint = f" Did you mean {close}?" if close else ""
    raise ComponentError(
        "CFG-003",
        f"{key} names an unknown venue {venue!r} ({origin_of(key) or 'configuration'})",
        COMPONENT,
        remedy=f"Allowed: {', '.join(known)}.{hint}",
    )


def _check_choice(key: str, value: str, allowed: tuple[str, ...], origin_of: Origin) -> None:
    if value not in allowed:
        raise invalid_value(key, value, f"{' or '.join(allowed)} in this mode", origin_of(key))


def _check_bands(config: RunConfig, origin_of: Origin) -> None:
    strategy, risk = config.strategy, config.component_config.risk
    soft, hard = "component_config.risk.margin_ratio_soft", "component_config.risk.margin_ratio_hard"
    low, high = "strategy.margin_ratio_min", "strategy.margin_ratio_max"
    ordered = (
        (low, strategy.margin_ratio_min, high, strategy.margin_ratio_max),
        (high, strategy.margin_ratio_max, soft, risk.margin_ratio_soft),
        (soft, risk.margin_ratio_soft, hard, risk.margin_ratio_hard),
    )
    for key, value, upper_key, upper in ordered:
        if value >= upper:
            raise invalid_value(key, value, f"below {upper_key}, which is {upper}", origin_of(key))


def _check_flow(key: str, flow: FlowConfig, asset: str, origin_of: Origin) -> None:
    if flow.amount == 0:
        raise invalid_value(f"{key}.amount", flow.amount, "a number other than 0", origin_of("flows"))
    _check_choice(f"{key}.asset", flow.asset, tuple(dict.fromkeys(("USDT", "USDC", asset))), origin_of)
    check_location(f"{key}.venue", flow.venue, origin_of)


def _check_aliases(aliases: dict[str, str], origin_of: Origin) -> None:
    for alias, target in aliases.items():
        key = f"data.data_aliases.{alias}"
        is_pair = _ALIAS.match(alias) and _ALIAS.match(target) and target.count(".") <= alias.count(".")
        if not is_pair or alias == target:
            raise invalid_value(key, target, ALIAS_FORM, origin_of("data.data_aliases"))
        for end in (alias, target):
            _check_alias_end(key, end, origin_of)


def _check_alias_end(key: str, end: str, origin_of: Origin) -> None:
    """``venue`` or ``kind.venue``; a protocol may be named with its version, as its columns are (``aave_v3``)."""
    kind, _, venue = end.rpartition(".")
    check_location(key, _VERSION.sub("", venue), origin_of)
    if kind and kind not in COLUMN_KINDS:
        close = nearest(kind, list(COLUMN_KINDS))
        hint = f" Did you mean {close}?" if close else ""
        raise ComponentError(
            "CFG-003",
            f"{key} names an unknown kind of column {kind!r} ({origin_of('data.data_aliases') or 'configuration'})",
            COMPONENT,
            remedy=f"Allowed: {', '.join(COLUMN_KINDS)}.{hint}",
        )


def _check_wallet_only(key: str, location: str, mode: str, origin_of: Origin) -> None:
    if location.partition(".")[0] != WALLET:
        allowed = f"{WALLET}: the capital of {mode} starts and stays on chain"
        raise invalid_value(key, location, allowed, origin_of(key))
