"""Which hosts an environment may reach. The rule holds for the address that the socket connects to."""

from __future__ import annotations

from urllib.parse import urlsplit

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "ExecutionInterfaceFactory"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

PRODUCTION_HOSTS: dict[str, frozenset[str]] = {
    "binance": frozenset({"api.binance.com", "fapi.binance.com"}),
    "bybit": frozenset({"api.bybit.com"}),
    "okx": frozenset({"www.okx.com"}),
    "hyperliquid": frozenset({"api.hyperliquid.xyz"}),
}
TEST_HOSTS: dict[str, frozenset[str]] = {
    "binance": frozenset({"demo-api.binance.com", "demo-fapi.binance.com"}),
    "bybit": frozenset({"api-testnet.bybit.com"}),
    # Its demo accounts live on the production host and are chosen by a header, which the transport insists on.
    "okx": frozenset({"www.okx.com"}),
    "hyperliquid": frozenset({"api.hyperliquid-testnet.xyz"}),
}


def allowed_hosts(venue: str, environment: str, testnet: bool) -> frozenset[str]:
    """The hosts that may be reached without a redirection to local venues: none in ``dev`` unless ``testnet``."""
    if testnet:
        return TEST_HOSTS[venue]
    return frozenset() if environment == "dev" else PRODUCTION_HOSTS[venue]


def check_hosts(venue: str, environment: str, testnet: bool, host: str | None, in_process: bool) -> None:
    """Whether the environment fits where the connection goes.

    Raises:
        ComponentError: EIF-005 for an unknown environment, EIF-012 when host and environment do not agree.
    """
    if environment not in ("dev", "staging", "prod"):
        raise ComponentError("EIF-005", f"environment is {environment!r}", COMPONENT)
    if host is not None or in_process:
        if environment != "dev":
            message = f"{venue}: local venues belong to dev, and the environment is {environment}"
            raise ComponentError("EIF-012", message, COMPONENT)
        if host is not None and urlsplit(host).hostname not in LOOPBACK:
            raise ComponentError("EIF-012", f"{venue}: in dev {host} is not on this machine", COMPONENT)
    elif not allowed_hosts(venue, environment, testnet):
        message = f"{venue}: dev reaches local venues or, with testnet, the venue's test host, never production"
        remedy = (
            f"Give --sandbox with the address that 'basis sandbox up' prints, or venue_settings.{venue}.testnet: true, "
            "or --env staging or prod."
        )
        raise ComponentError("EIF-012", message, COMPONENT, remedy=remedy)
