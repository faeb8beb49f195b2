"""Commands that need libraries which a plain installation does not bring."""

from __future__ import annotations

from importlib.util import find_spec

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

LIVE_LIBRARIES = ("ccxt", "sqlalchemy")


def require_live() -> None:
    """Raise EIF-007 where the libraries of the extra ``live`` are not installed."""
    missing = [name for name in LIVE_LIBRARIES if find_spec(name) is None]
    if missing:
        raise ComponentError(
            "EIF-007",
            f"live runs need {' and '.join(missing)}, which this installation lacks",
            remedy="Install the extra: pip install 'basis-strategy[live]', in a checkout pip install -e '.[live]'.",
        )


def require_signing(venues: list[str]) -> None:
    """Raise EIF-007 where a local venue that checks wallets' signatures lacks its library."""
    if "hyperliquid" in venues and find_spec("eth_account") is None:
        raise ComponentError(
            "EIF-007",
            "the local hyperliquid needs eth_account, which this installation lacks",
            remedy="Install the extra: pip install 'basis-strategy[sandbox]', or say --venues binance,bybit,okx.",
        )
