"""The configuration of one run: every key, its default, its range and its meaning."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from basis_strategy_v1.config.field_types import (
    Allowed,
    ConfigModel,
    Duration,
    LocationShares,
    Number,
    Shares,
    Time,
)

ShareClass = Literal["usdt_stable", "eth_directional"]
GasStrategy = Literal["slow", "standard", "fast"]
HOUR = 3_600_000_000_000
ALIAS_FORM = "a map of venue or kind.venue to another, such as {okx: binance, mark.bybit: perp.bybit}"


class FlowConfig(ConfigModel):
    """A subscription or redemption."""

    ts: Time = Field(description="when it happens")
    amount: Number = Field(description="subscription > 0, redemption < 0")
    asset: str = Field(description="token, such as USDT")
    venue: str = Field(description="location where it arrives or leaves")


class WithdrawalAddressConfig(ConfigModel):
    """An address that withdrawals may go to."""

    location: str = Field(description="what is reached there: a venue or wallet, such as bybit")
    token: str = Field(description="token that may be sent there")
    address: str = Field(min_length=1, description="the address, as the receiving side gives it")
    network: str = Field("", description="network to send over; the venue's default when empty")
    tag: str = Field("", description="memo or tag, where the receiving side needs one")


class StrategyConfig(ConfigModel):
    """What the strategy is told."""

    spot_allocation: Number = Field(Decimal("0.5"), gt=0, lt=1, description="share of equity held as spot")
    hedge_allocation: Shares = Field({}, description="how perps and margin are split over exchanges")
    hedge_ratio: Number = Field(Decimal(1), ge=0, le=1, description="perps short per unit of spot held")
    position_deviation_threshold: Number = Field(
        Decimal("0.02"), gt=0, lt=1, description="rebalance when |current - target| / target exceeds it"
    )
    margin_ratio_min: Number = Field(
        Decimal("0.0015"), ge=0, lt=1, description="lower edge of each venue's margin ratio band"
    )
    margin_ratio_max: Number = Field(
        Decimal("0.015"), gt=0, lt=1, description="upper edge of each venue's margin ratio band"
    )
    margin_transfers: bool = Field(True, description="move capital between venues to keep the band")
    exit_at: Time | None = Field(None, description="leave the position in full at the first row at or after this time")
    lst_type: Literal["wsteth", "weeth"] = Field("wsteth", description="liquid staking token")
    stake_allocation_eth: Number = Field(Decimal("0.5"), gt=0, le=1, description="share of the capital staked")
    target_ltv: Number = Field(Decimal("0.8"), ge=0, lt=1, description="loan to value; leverage 1 / (1 - target_ltv)")
    health_factor_min: Number = Field(Decimal("1.05"), gt=1, description="act when the health factor falls below it")
    unwind: Literal["swap", "queue"] = Field("swap", description="leave by a swap or through the withdrawal queue")
    gas_reserve_eth: Number = Field(Decimal("0.1"), ge=0, description="ETH kept in the wallet for gas")


class ExecutionInterfacesConfig(ConfigModel):
    """Calls to venues."""

    venue_timeout: Number = Field(Decimal(15), gt=0, lt=120, description="seconds to wait for a venue's answer")
    max_retries: int = Field(3, gt=0, lt=10, description="attempts at what was provably not executed")
    retry_delay: Number = Field(Decimal("0.1"), gt=0, le=60, description="seconds to the first retry, then doubling")
    rate_limit_delay_ms: int = Field(100, ge=0, le=60_000, description="milliseconds between two calls to one venue")


class ExecutionInterfaceManagerConfig(ConfigModel):
    """Routing of instruction blocks."""

    enable_atomic_chaining: bool = Field(True, description="allow atomic blocks of smart-contract actions")


class ExecutionInterfaceFactoryConfig(ConfigModel):
    """Creation of execution interfaces."""

    timeout: Number = Field(Decimal(30), ge=1, le=300, description="seconds to create one interface")
    max_retries: int = Field(3, ge=1, le=10, description="attempts to create one interface")
    validation_strict: bool = Field(True, description="a venue that fails stops the run; false leaves it out")


class ReconciliationConfig(ConfigModel):
    """Comparison of what was expected with what the venue reports."""

    tolerance_steps: Number = Field(Decimal(1), ge=0, description="difference allowed, in steps of each asset")
    timeout: Number = Field(
        Decimal(30),
        gt=0,
        le=600,
        description="seconds a mismatch may be observed again; live as long after each instruction",
    )
    max_observations: int = Field(
        3, ge=1, le=100, description="how often a mismatch is observed where nothing waits for it"
    )


class RiskConfig(ConfigModel):
    """Limits; a margin ratio is maintenance margin / margin balance, and 1 is liquidation."""

    margin_ratio_soft: Number = Field(Decimal("0.05"), gt=0, lt=1, description="reduce positions above it")
    margin_ratio_hard: Number = Field(Decimal("0.5"), gt=0, lt=1, description="exit in full and halt above it")
    max_delta_fraction: Number | None = Field(None, gt=0, description="largest |net delta| / equity after a block")
    max_notional: Number | None = Field(None, gt=0, description="largest notional of a venue, share-class currency")


class ComponentConfig(ConfigModel):
    """Settings by component."""

    execution_interfaces: ExecutionInterfacesConfig = ExecutionInterfacesConfig.model_construct()
    execution_interface_manager: ExecutionInterfaceManagerConfig = ExecutionInterfaceManagerConfig.model_construct()
    execution_interface_factory: ExecutionInterfaceFactoryConfig = ExecutionInterfaceFactoryConfig.model_construct()
    reconciliation: ReconciliationConfig = ReconciliationConfig.model_construct()
    risk: RiskConfig = RiskConfig.model_construct()


class ExecutionConfig(ConfigModel):
    """How instructions are executed."""

    max_slippage: Number = Field(Decimal("0.005"), gt=0, lt=1, description="price bound of a market order, a fraction")
    gas_price_strategy: GasStrategy = Field("standard", description="how fast a transaction should be mined")
    gas_price_cap_gwei: Number = Field(Decimal(150), gt=0, description="no transaction is sent above this gas price")
    order_timeout: Number = Field(Decimal(30), gt=0, description="seconds until an open order is given up")
    max_order_notional: Number | None = Field(
        None, gt=0, description="largest notional of one order, quote currency; larger trades go in chunks"
    )
    price_band: Number = Field(
        Decimal("0.05"), gt=0, lt=1, description="live only: no trade at a price further than this from the spot"
    )
    slippage_model: Literal["none", "fixed_bps", "square_root"] = Field(
        "square_root", description="price impact of simulated fills"
    )
    slippage_bps: Number = Field(Decimal(2), ge=0, lt=10_000, description="basis points of the fixed_bps model")


class StalenessConfig(ConfigModel):
    """How long a value may be carried over nulls."""

    prices: Duration = Field(8 * HOUR, gt=0, description="longest gap of prices, marks and hourly rates")
    daily: Duration = Field(36 * HOUR, gt=0, description="longest gap of series sampled daily")


class DataConfig(ConfigModel):
    """Where market data comes from."""

    data_dir: str = Field("data", description="folder of the dataset when --data is not given")
    data_aliases: Annotated[dict[str, str], Allowed(ALIAS_FORM)] = Field(
        {}, description="columns read in place of a venue's own, most specific first"
    )
    max_staleness: StalenessConfig = StalenessConfig.model_construct()


class RunConfig(ConfigModel):
    """The whole configuration of a run. ``venue_settings`` are resolved apart, over each venue's packaged file."""

    mode: str = Field(description="strategy mode")
    share_class: ShareClass = Field("usdt_stable", description="currency in which results are counted: USDT or ETH")
    asset: str = Field("BTC", description="the asset of the position")
    initial_capital: Number = Field(Decimal(100_000), gt=0, description="capital at the start, share-class currency")
    initial_location: LocationShares | None = Field(
        None, description="where the capital starts; first exchange in exchange modes, else wallet"
    )
    flows: tuple[FlowConfig, ...] = Field((), description="subscriptions (> 0) and redemptions (< 0)")
    withdrawal_addresses: tuple[WithdrawalAddressConfig, ...] = Field(
        (), description="live only: where withdrawals may go; nothing is ever sent elsewhere"
    )
    strategy: StrategyConfig = StrategyConfig.model_construct()
    component_config: ComponentConfig = ComponentConfig.model_construct()
    venue_settings: dict[str, dict[str, Any] | None] = Field({}, description="settings by venue, over its defaults")
    execution_settings: ExecutionConfig = ExecutionConfig.model_construct()
    data: DataConfig = DataConfig.model_construct()
