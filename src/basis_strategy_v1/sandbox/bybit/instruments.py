"""Bybit's instruments, maintenance tiers and coins as its lists show them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier, MarginRules, VenueSpec
from basis_strategy_v1.sandbox.bybit.formats import number

_LARGEST_ORDER = "100000"


def spot_instrument(instrument: Instrument) -> dict[str, Any]:
    """One spot pair."""
    return {
        "symbol": instrument.symbol,
        "baseCoin": instrument.base,
        "quoteCoin": instrument.quote,
        "innovation": "0",
        "status": "Trading",
        "marginTrading": "utaOnly",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": number(instrument.step),
            "quotePrecision": "0.0000001",
            "minOrderQty": number(instrument.min_quantity),
            "maxOrderQty": _LARGEST_ORDER,
            "minOrderAmt": number(instrument.min_notional),
            "maxOrderAmt": "8000000",
            "maxLimitOrderQty": _LARGEST_ORDER,
            "maxMarketOrderQty": _LARGEST_ORDER,
            "postOnlyMaxLimitOrderSize": _LARGEST_ORDER,
        },
        "priceFilter": {"tickSize": number(instrument.tick)},
        "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
    }


def linear_instrument(instrument: Instrument, spec: VenueSpec) -> dict[str, Any]:
    """One USDT perpetual."""
    return {
        "symbol": instrument.symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": instrument.base,
        "quoteCoin": instrument.quote,
        "launchTime": "1585526400000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(max(-_exponent(instrument.tick), 0)),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": f"{tiers_of(instrument, spec)[0].max_leverage}.00",
            "leverageStep": "0.01",
        },
        "priceFilter": {
            "minPrice": number(instrument.tick),
            "maxPrice": "1999999.80",
            "tickSize": number(instrument.tick),
        },
        "lotSizeFilter": {
            "maxOrderQty": _LARGEST_ORDER,
            "minOrderQty": number(instrument.min_quantity),
            "qtyStep": number(instrument.step),
            "postOnlyMaxOrderQty": _LARGEST_ORDER,
            "maxMktOrderQty": _LARGEST_ORDER,
            "minNotionalValue": number(instrument.min_notional),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": spec.funding_interval_hours * 60,
        "settleCoin": instrument.quote,
        "copyTrading": "both",
        "upperFundingRate": "0.005",
        "lowerFundingRate": "-0.005",
        "isPreListing": False,
        "preListingInfo": None,
        "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
        "displayName": "",
    }


def risk_tiers(instrument: Instrument, spec: VenueSpec) -> list[dict[str, Any]]:
    """A perpetual's maintenance tiers; each one's limit is the next one's floor."""
    tiers = tiers_of(instrument, spec)
    limits = [tier.floor for tier in tiers[1:]] + [tiers[-1].floor * 2 or Decimal(10**9)]
    return [
        {
            "id": index + 1,
            "symbol": instrument.symbol,
            "riskLimitValue": number(limit),
            "maintenanceMargin": number(tier.rate),
            "initialMargin": number(Decimal(str(round(1 / tier.max_leverage, 6)))),
            "isLowestRisk": 1 if index == 0 else 0,
            "maxLeverage": f"{tier.max_leverage}.00",
            "mmDeduction": number(tier.deduction) if index else "",
        }
        for index, (tier, limit) in enumerate(zip(tiers, limits, strict=True))
    ]


def tiers_of(instrument: Instrument, spec: VenueSpec) -> tuple[MaintenanceTier, ...]:
    """A perpetual's maintenance tiers, or those of an unlisted one."""
    rules = spec.margin or MarginRules()
    return rules.tiers.get(instrument.symbol) or (MaintenanceTier(Decimal(0), Decimal("0.05"), Decimal(0), 10),)


def chain_of(coin: str) -> tuple[str, str]:
    """The network a coin moves on here: its id and its name."""
    return ("BTC", "BTC") if coin == "BTC" else ("ETH", "ERC20")


def coin_entry(coin: str, withdrawal_fee: Decimal, can_deposit: bool, can_withdraw: bool) -> dict[str, Any]:
    """One coin, as ``asset/coin/query-info`` lists it."""
    chain, chain_type = chain_of(coin)
    return {
        "name": coin,
        "coin": coin,
        "remainAmount": "100000000",
        "chains": [
            {
                "chainType": chain_type,
                "confirmation": "6",
                "withdrawFee": number(withdrawal_fee),
                "depositMin": "0",
                "withdrawMin": number(withdrawal_fee),
                "chain": chain,
                "chainDeposit": str(int(can_deposit)),
                "chainWithdraw": str(int(can_withdraw)),
                "minAccuracy": "8",
                "withdrawPercentageFee": "0",
                "contractAddress": "",
            }
        ],
    }


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
