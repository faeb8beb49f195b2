"""Frozen settings that the core takes. ``config`` builds them from YAML, environment and command line."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription (> 0) or redemption (< 0) of ``asset`` at a location, from ``timestamp`` (ns) on."""

    timestamp: int
    amount: Decimal
    asset: str
    location: str


class WithdrawalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address that withdrawals of ``token`` may go to; ``location`` is what the system calls it."""

    location: str
    token: str
    address: str
    network: str = ""
    tag: str = ""


class StrategySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy is told. Fractions are Decimal for sizing; floats are taken where triggers need them."""

    spot_allocation: Decimal = Decimal("0.5")
    hedge_allocation: dict[str, Decimal] = {}
    hedge_ratio: Decimal = Decimal(1)
    position_deviation_threshold: Decimal = Decimal("0.02")
    margin_ratio_min: Decimal = Decimal("0.0015")
    margin_ratio_max: Decimal = Decimal("0.015")
    margin_transfers: bool = True
    exit_at: int | None = None
    lst_type: str = "wsteth"
    stake_allocation_eth: Decimal = Decimal("0.5")
    target_ltv: Decimal = Decimal("0.8")
    health_factor_min: Decimal = Decimal("1.05")
    unwind: str = "swap"
    gas_reserve_eth: Decimal = Decimal("0.1")


class RiskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits. Ratios are maintenance margin over margin balance; 1 is liquidation."""

    margin_ratio_soft: Decimal = Decimal("0.05")
    margin_ratio_hard: Decimal = Decimal("0.5")
    max_delta_fraction: Decimal | None = None
    max_notional: Decimal | None = None


class ExecutionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How instructions are executed."""

    max_slippage: Decimal = Decimal("0.005")
    gas_price_strategy: str = "standard"
    gas_price_cap_gwei: Decimal = Decimal(150)
    order_timeout: Decimal = Decimal(30)
    slippage_model: str = "square_root"
    slippage_bps: Decimal = Decimal(2)
    venue_timeout: Decimal = Decimal(15)
    max_retries: int = 3
    retry_delay: Decimal = Decimal("0.1")
    rate_limit_delay_ms: int = 100
    enable_atomic_chaining: bool = True
    max_order_notional: Decimal | None = None
    price_band: Decimal = Decimal("0.05")


class ReconciliationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Tolerance counted in steps of each asset, and how long a mismatch may be observed again (seconds)."""

    tolerance_steps: Decimal = Decimal(1)
    timeout: Decimal = Decimal(30)
    max_observations: int = 3


class FactorySettings(msgspec.Struct, frozen=True, kw_only=True):
    timeout: Decimal = Decimal(30)
    max_retries: int = 3
    validation_strict: bool = True


class RunSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One run, resolved. ``currency`` is the share class's unit: USDT or ETH.

    ``venues`` has the exchanges of the hedge first (its first is the run's first CEX), then where capital starts or
    flows, then what the mode needs besides (always ``wallet``, which carries transfers). ``max_staleness_*`` are
    in ns. ``venue_settings`` by venue: ``family, testnet, network, rate_limits {requests_per_minute},
    timeout, gas_strategy, fee_tier, fees {spot_maker, spot_taker, perp_maker, perp_taker} or None, fee_currency,
    withdrawal_fees {asset: amount}, transfer_delays {to_cex, to_chain} (ns)``.
    """

    mode: str
    share_class: str
    currency: str
    asset: str
    initial_capital: Decimal
    initial_location: dict[str, Decimal]
    venues: tuple[str, ...]
    strategy: StrategySettings
    flows: tuple[Flow, ...] = ()
    withdrawal_addresses: tuple[WithdrawalAddress, ...] = ()
    risk: RiskSettings = RiskSettings()
    execution: ExecutionSettings = ExecutionSettings()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    factory: FactorySettings = FactorySettings()
    execution_mode: str = "backtest"
    environment: str = "dev"
    data_aliases: dict[str, str] = {}
    venue_settings: dict[str, dict[str, object]] = {}
    data_dir: str = "data"
    data_mode: str = "csv"
    deployment_mode: str = "local"
    max_staleness_prices: int = 28_800_000_000_000
    max_staleness_daily: int = 129_600_000_000_000
