"""What accounts must be like before a run trades on them, looked at in every start: people change settings by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from basis_strategy_v1.backends.live.account_check import wrong_settings
from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.backends.live.dialects.venue_records import CROSS, MarginSetting
from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.core.engine.live_parts import LiveTime
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import MarginRules, VenueSpec

COMPONENT = "ExecutionInterfaceFactory"
UNANSWERED = frozenset({"EXI-002", "EXI-003", "EXI-007", "EXI-012"})
ATTEMPTS = 4
PAUSE = 2.0
"""Seconds between two attempts."""

Result = TypeVar("Result")


def prepare_accounts(connections: Connections, specs: Sequence[VenueSpec], time: LiveTime) -> None:
    """Bring every perpetual to cross margin and to the leverage that margin is counted with, or refuse to start.

    The margin mode is changed only where nothing is held and nothing is open; hedge mode and multi-assets mode are left
    to a person.

    Raises:
        ComponentError: EIF-008 for hedge mode, multi-assets mode, another margin mode, or a leverage that the venue
            keeps; EXI-* where a venue cannot be asked.
    """
    for spec in specs:
        if spec.margin is not None:
            _prepare(connections.exchanges[spec.venue], spec.margin, time)


def _prepare(exchange: CcxtExchange, rules: MarginRules, time: LiveTime) -> None:
    venue = exchange.spec.venue
    settings = patiently(exchange.margin_settings, time)
    if all(item.one_way and item.single_asset for item in settings) and any(item.mode != CROSS for item in settings):
        settings = _switched(exchange, settings, time)
    wrong = wrong_settings(venue, settings)
    if wrong:
        raise _refusal(wrong[0])
    for setting in settings:
        wanted = min(rules.default_leverage, rules.tiers[setting.symbol][0].max_leverage)
        if setting.leverage != wanted:
            _set_leverage(exchange, setting, wanted, time)


def _switched(exchange: CcxtExchange, settings: Sequence[MarginSetting], time: LiveTime) -> Sequence[MarginSetting]:
    """The settings after cross margin was set where it was not."""
    words = wrong_settings(exchange.spec.venue, settings)[0]
    reports = patiently(exchange.observe, time)
    held = sorted(symbol for report in reports for symbol in report.positions)
    if held:
        raise _refusal(f"{words}; a position in {', '.join(held)} stands in the way of setting it")
    resting = [order for order in patiently(exchange.open_orders, time) if order.trade_type == "perp"]
    if resting:
        raise _refusal(f"{words}; {len(resting)} open orders stand in the way of setting it")
    for setting in settings:
        if setting.mode != CROSS:
            _change(partial(exchange.set_cross_margin, setting.symbol), words, time)
    return patiently(exchange.margin_settings, time)


def _set_leverage(exchange: CcxtExchange, setting: MarginSetting, wanted: int, time: LiveTime) -> None:
    found = "none" if setting.leverage is None else setting.leverage
    words = f"{exchange.spec.venue}: {setting.symbol} has leverage {found}, and margin is counted with {wanted}"
    _change(partial(exchange.set_leverage, setting.symbol, wanted), words, time)


def _change(change: Callable[[], None], words: str, time: LiveTime) -> None:
    """Make a change; a venue that refuses it is told of together with why it was asked."""
    try:
        patiently(change, time)
    except ComponentError as error:
        if error.error_code in UNANSWERED:
            raise
        raise _refusal(f"{words}; the venue does not change it: {error.message}") from error


def patiently(call: Callable[[], Result], time: LiveTime) -> Result:
    """Ask, or set: doing either twice does no harm, so a lost answer is no reason to give up.

    Raises:
        ComponentError: what the last of ``ATTEMPTS`` fails with, or the first that another attempt would not mend.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return call()
        except ComponentError as error:
            if error.error_code not in UNANSWERED:
                raise
        time.wait(PAUSE)
    return call()


def _refusal(message: str) -> ComponentError:
    remedy = "Change it at the venue once nothing is held there, and start again; 'basis check' shows all settings."
    return ComponentError("EIF-008", message, COMPONENT, remedy=remedy)
