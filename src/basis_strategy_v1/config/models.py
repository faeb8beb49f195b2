"""The configuration of one run: every key, its default, its range and its meaning."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from basis_strategy_v1.config.keys import (
    choice,
    documents,
    duration,
    filled_text,
    flag,
    location_shares,
    number,
    numbers,
    sections,
    text,
    texts,
    time,
    whole_number,
)
from basis_strategy_v1.config.sections import Section

ShareClass = Literal["usdt_stable", "eth_directional"]
GasStrategy = Literal["slow", "standard", "fast"]
StakingToken = Literal["wsteth", "weeth"]
Unwind = Literal["swap", "queue"]
SlippageModel = Literal["none", "fixed_bps", "square_root"]
HOUR = 3_600_000_000_000
ALIAS_FORM = "a map of venue or kind.venue to another, such as {okx: binance, mark.bybit: perp.bybit}"


class FlowConfig(Section, frozen=True, kw_only=True):
    """A subscription or redemption."""

    ts: Annotated[int, time("when it happens")]
    amount: Annotated[Decimal, number("subscription > 0, redemption < 0")]
    asset: Annotated[str, text("token, such as USDT")]
    venue: Annotated[str, text("location where it arrives or leaves")]


class WithdrawalAddressConfig(Section, frozen=True, kw_only=True):
    """An address that withdrawals may go to."""

    location: Annotated[str, text("what is reached there: a venue or wallet, such as bybit")]
    token: Annotated[str, text("token that may be sent there")]
    address: Annotated[str, filled_text("the address, as the receiving side gives it")]
    network: Annotated[str, text("network to send over; the venue's default when empty")] = ""
    tag: Annotated[str, text("memo or tag, where the receiving side needs one")] = ""


class StrategyConfig(Section, frozen=True, kw_only=True):
    """What the strategy is told."""

    spot_allocation: Annotated[Decimal, number("share of equity held as spot", gt=0, lt=1)] = Decimal("0.5")
    hedge_allocation: Annotated[
        dict[str, Decimal],
        numbers(
            "how perps and margin are split over exchanges",
            "a map of venue to share, each from 0 to 1, that sums to 1",
        ),
    ] = {}
    hedge_ratio: Annotated[Decimal, number("perps short per unit of spot held", ge=0, le=1)] = Decimal(1)
    position_deviation_threshold: Annotated[
        Decimal, number("rebalance when |current - target| / target exceeds it", gt=0, lt=1)
    ] = Decimal("0.02")
    margin_ratio_min: Annotated[Decimal, number("lower edge of a venue's margin band", ge=0, lt=1)] = Decimal("0.0015")
    margin_ratio_max: Annotated[Decimal, number("upper edge of a venue's margin band", gt=0, lt=1)] = Decimal("0.015")
    margin_transfers: Annotated[bool, flag("move capital between venues to keep the band")] = True
    exit_at: Annotated[int | None, time("leave the position in full at the first row at or after this time")] = None
    lst_type: Annotated[StakingToken, choice("liquid staking token", StakingToken)] = "wsteth"
    stake_allocation_eth: Annotated[Decimal, number("share of the capital staked", gt=0, le=1)] = Decimal("0.5")
    target_ltv: Annotated[Decimal, number("loan to value; leverage 1 / (1 - target_ltv)", ge=0, lt=1)] = Decimal("0.8")
    health_factor_min: Annotated[Decimal, number("act when the health factor falls below it", gt=1)] = Decimal("1.05")
    unwind: Annotated[Unwind, choice("leave by a swap or through the withdrawal queue", Unwind)] = "swap"
    gas_reserve_eth: Annotated[Decimal, number("ETH kept in the wallet for gas", ge=0)] = Decimal("0.1")


class ExecutionInterfacesConfig(Section, frozen=True, kw_only=True):
    """Calls to venues."""

    venue_timeout: Annotated[Decimal, number("seconds to wait for a venue's answer", gt=0, lt=120)] = Decimal(15)
    max_retries: Annotated[int, whole_number("attempts at what was provably not executed", gt=0, lt=10)] = 3
    retry_delay: Annotated[Decimal, number("seconds to the first retry, then doubling", gt=0, le=60)] = Decimal("0.1")
    rate_limit_delay_ms: Annotated[
        int, whole_number("milliseconds between two calls to one venue", ge=0, le=60_000)
    ] = 100


class ExecutionInterfaceManagerConfig(Section, frozen=True, kw_only=True):
    """Routing of instruction blocks."""

    enable_atomic_chaining: Annotated[bool, flag("allow atomic blocks of smart-contract actions")] = True


class ExecutionInterfaceFactoryConfig(Section, frozen=True, kw_only=True):
    """Creation of execution interfaces."""

    timeout: Annotated[Decimal, number("seconds to create one interface", ge=1, le=300)] = Decimal(30)
    max_retries: Annotated[int, whole_number("attempts to create one interface", ge=1, le=10)] = 3
    validation_strict: Annotated[bool, flag("a venue that fails stops the run; false leaves it out")] = True


class ReconciliationConfig(Section, frozen=True, kw_only=True):
    """Comparison of what was expected with what the venue reports."""

    tolerance_steps: Annotated[Decimal, number("difference allowed, in steps of each asset", ge=0)] = Decimal(1)
    timeout: Annotated[
        Decimal, number("seconds a mismatch may be observed again; live as long after each instruction", gt=0, le=600)
    ] = Decimal(30)
    max_observations: Annotated[
        int, whole_number("how often a mismatch is observed where nothing waits for it", ge=1, le=100)
    ] = 3


class RiskConfig(Section, frozen=True, kw_only=True):
    """Limits; a margin ratio is maintenance margin / margin balance, and 1 is liquidation."""

    margin_ratio_soft: Annotated[Decimal, number("reduce positions above it", gt=0, lt=1)] = Decimal("0.05")
    margin_ratio_hard: Annotated[Decimal, number("exit in full and halt above it", gt=0, lt=1)] = Decimal("0.5")
    max_delta_fraction: Annotated[Decimal | None, number("largest |net delta| / equity after a block", gt=0)] = None
    max_notional: Annotated[Decimal | None, number("largest notional of a venue, share-class currency", gt=0)] = None


class ComponentConfig(Section, frozen=True, kw_only=True):
    """Settings by component."""

    execution_interfaces: ExecutionInterfacesConfig = ExecutionInterfacesConfig()
    execution_interface_manager: ExecutionInterfaceManagerConfig = ExecutionInterfaceManagerConfig()
    execution_interface_factory: ExecutionInterfaceFactoryConfig = ExecutionInterfaceFactoryConfig()
    reconciliation: ReconciliationConfig = ReconciliationConfig()
    risk: RiskConfig = RiskConfig()


class ExecutionConfig(Section, frozen=True, kw_only=True):
    """How instructions are executed."""

    max_slippage: Annotated[Decimal, number("price bound of a market order, a fraction", gt=0, lt=1)] = Decimal("0.005")
    gas_price_strategy: Annotated[GasStrategy, choice("how fast a transaction should be mined", GasStrategy)] = (
        "standard"
    )
    gas_price_cap_gwei: Annotated[Decimal, number("no transaction is sent above this gas price", gt=0)] = Decimal(150)
    order_timeout: Annotated[Decimal, number("seconds until an open order is given up", gt=0)] = Decimal(30)
    max_order_notional: Annotated[
        Decimal | None, number("largest notional of one order, quote currency; larger trades go in chunks", gt=0)
    ] = None
    price_band: Annotated[
        Decimal, number("live only: no trade at a price further than this from the spot", gt=0, lt=1)
    ] = Decimal("0.05")
    slippage_model: Annotated[SlippageModel, choice("price impact of simulated fills", SlippageModel)] = "square_root"
    slippage_bps: Annotated[Decimal, number("basis points of the fixed_bps model", ge=0, lt=10_000)] = Decimal(2)


class StalenessConfig(Section, frozen=True, kw_only=True):
    """How long a value may be carried over nulls."""

    prices: Annotated[int, duration("longest gap of prices, marks and hourly rates", gt=0)] = 8 * HOUR
    daily: Annotated[int, duration("longest gap of series sampled daily", gt=0)] = 36 * HOUR


class DataConfig(Section, frozen=True, kw_only=True):
    """Where market data comes from."""

    data_dir: Annotated[str, text("folder of the dataset when --data is not given")] = "data"
    data_aliases: Annotated[
        dict[str, str], texts("columns read in place of a venue's own, most specific first", ALIAS_FORM)
    ] = {}
    max_staleness: StalenessConfig = StalenessConfig()


class RunConfig(Section, frozen=True, kw_only=True):
    """The whole configuration of a run. ``venue_settings`` are resolved apart, over each venue's packaged file."""

    mode: Annotated[str, text("strategy mode")]
    share_class: Annotated[ShareClass, choice("currency in which results are counted: USDT or ETH", ShareClass)] = (
        "usdt_stable"
    )
    asset: Annotated[str, text("the asset of the position")] = "BTC"
    initial_capital: Annotated[Decimal, number("capital at the start, share-class currency", gt=0)] = Decimal(100_000)
    initial_location: Annotated[
        dict[str, Decimal] | None,
        location_shares("where the capital starts; first exchange in exchange modes, else wallet"),
    ] = None
    flows: Annotated[tuple[FlowConfig, ...], sections("subscriptions (> 0) and redemptions (< 0)")] = ()
    withdrawal_addresses: Annotated[
        tuple[WithdrawalAddressConfig, ...],
        sections("live only: where withdrawals may go; nothing is ever sent elsewhere"),
    ] = ()
    strategy: StrategyConfig = StrategyConfig()
    component_config: ComponentConfig = ComponentConfig()
    venue_settings: Annotated[dict[str, dict[str, Any] | None], documents("settings by venue, over its defaults")] = {}
    execution_settings: ExecutionConfig = ExecutionConfig()
    data: DataConfig = DataConfig()
