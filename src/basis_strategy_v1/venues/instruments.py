"""Short ways to write a venue's instruments, tiers and capabilities as data."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.interfaces.venue_spec import CredentialField, MaintenanceTier

CEX_CAPABILITIES = frozenset(
    {
        "spot",
        "perp",
        "market",
        "limit",
        "post_only",
        "ioc",
        "fok",
        "reduce_only",
        "create",
        "cancel",
        "cancel_all",
        "modify",
        "order_status",
        "balances",
        "positions",
        "leverage",
        "margin_mode",
        "internal_transfer",
        "withdraw",
        "deposit_address",
    }
)
"""Everything a centralised exchange can be asked for."""


def instrument(
    venue: str,
    trade_type: Literal["spot", "perp"],
    symbol: str,
    base_and_quote: str,
    *,
    tick: str,
    step: str,
    min_notional: str,
    min_quantity: str = "",
    funding_unit: str = "1e-8",
) -> Instrument:
    """One instrument; ``base_and_quote`` as ``BTC/USDT``, numbers as text; the least quantity is a step by default."""
    base, _, quote = base_and_quote.partition("/")
    return Instrument(
        venue=venue,
        symbol=symbol,
        trade_type=trade_type,
        base=base,
        quote=quote,
        tick=Decimal(tick),
        step=Decimal(step),
        min_quantity=Decimal(min_quantity or step),
        min_notional=Decimal(min_notional),
        funding_unit=Decimal(funding_unit),
    )


def maintenance_tiers(*rows: tuple[int, str, int]) -> tuple[MaintenanceTier, ...]:
    """Tiers from ``(floor, rate, max leverage)`` rows, floors ascending from 0.

    The deduction makes maintenance margin continuous: each tier's is the one before plus its floor x the rise in rate.
    """
    tiers: list[MaintenanceTier] = []
    deduction = previous_rate = Decimal(0)
    for floor, rate_text, max_leverage in rows:
        rate = Decimal(rate_text)
        if tiers:
            deduction += floor * (rate - previous_rate)
        tiers.append(MaintenanceTier(Decimal(floor), rate, deduction, max_leverage))
        previous_rate = rate
    return tuple(tiers)


def credentials(**suffixes: str) -> tuple[CredentialField, ...]:
    """Credential fields from ``name=environment suffix``."""
    return tuple(CredentialField(name, suffix) for name, suffix in suffixes.items())


def amounts(**texts: str) -> dict[str, Decimal]:
    """Decimals by asset, from text."""
    return {asset: Decimal(text) for asset, text in texts.items()}
