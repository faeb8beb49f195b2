"""A live run's configuration, settled before anything is connected."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from basis_strategy_v1.backends.live.options import WithdrawalTarget
from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.bootstrap.market import check_currencies, market_needs
from basis_strategy_v1.config.credentials import credentials_for
from basis_strategy_v1.config.loader import load_config
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.credential_check import Secret
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.venues.registry import register, spec_for

WALLET = "wallet"
LOCAL_ADDRESS = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?/?")
"""The whole of an address of local venues. Parsers of URLs differ in what they take for the host of a stranger one."""

CredentialsOf = Callable[[VenueSpec], Mapping[str, Secret]]


class LivePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a live run is built from.

    Attributes:
        specs: its exchanges.
        instruments: what quotes are read for.
        credentials_of: the credentials of a venue; asked once per use, so that a changed key is seen.
        targets: where withdrawals may go, as configured.
    """

    settings: RunSettings
    config_sha256: str
    specs: tuple[VenueSpec, ...]
    instruments: tuple[Instrument, ...]
    credentials_of: CredentialsOf
    targets: tuple[WithdrawalTarget, ...]


def make_plan(options: LiveOptions, environment: Mapping[str, str], *, checks_credentials: bool = True) -> LivePlan:
    """Read and check the configuration.

    Args:
        checks_credentials: whether all credentials must be there; who only needs a run's journal needs none.

    Raises:
        ComponentError: CFG-* for the configuration, EIF-002 for a mode or venue that cannot run live yet, EIF-007 for
            an exchange that capital cannot reach, EIF-012 for local venues that are not on this machine or not in dev,
            EIF-003 and EIF-006 for credentials.
    """
    surroundings = {
        **environment,
        "BASIS_EXECUTION_MODE": "live",
        "BASIS_ENVIRONMENT": options.environment,
    }
    config = load_config(
        options.mode, config_file=options.config_file, overrides=options.overrides, environment=surroundings
    )
    settings = config.settings
    register()
    specs = _exchanges(settings)
    check_currencies(settings, specs)
    if settings.flows:
        raise ComponentError(
            "CFG-003",
            "flows are configured, but in a live run money is declared when it has come or gone",
            remedy="Leave flows out and use 'basis flow MODE'.",
        )
    _check_times(options)
    _check_sandbox(options.sandbox, settings.environment)

    def credentials_of(spec: VenueSpec) -> Mapping[str, Secret]:
        if options.paper:
            return _no_account(spec)
        return credentials_for(spec.credentials, settings.environment, environment)

    if checks_credentials:
        for spec in specs:
            credentials_of(spec)
    return LivePlan(
        settings=settings,
        config_sha256=config.sha256,
        specs=specs,
        instruments=market_needs(settings, specs).instruments,
        credentials_of=credentials_of,
        targets=tuple(WithdrawalTarget(**msgspec.structs.asdict(target)) for target in settings.withdrawal_addresses),
    )


def _no_account(spec: VenueSpec) -> Mapping[str, Secret]:
    """What fills the place of credentials where only public prices are read."""
    from pydantic import SecretStr

    return {field.name: SecretStr("0x" + "1" * (40 if "address" in field.name else 64)) for field in spec.credentials}


def _exchanges(settings: RunSettings) -> tuple[VenueSpec, ...]:
    """The run's exchanges. The wallet, which carries transfers on a chain, has no part in a run on exchanges alone."""
    specs = tuple(spec_for(venue) for venue in settings.venues if venue != WALLET)
    others = [spec.venue for spec in specs if spec.family != "CEX"]
    if others or not specs:
        names = ", ".join(others) or WALLET
        raise ComponentError(
            "EIF-002",
            f"mode {settings.mode} needs {names}, which has no live connection in this version",
            remedy="Modes that run live: btc_basis and eth_basis, on exchanges alone.",
        )
    return specs


def _check_times(options: LiveOptions) -> None:
    rhythms = {
        "--tick": options.tick_seconds,
        "--reconcile": options.reconcile_seconds,
        "--orders": options.orders_seconds,
    }
    for name, seconds in rhythms.items():
        if not 0 < seconds <= 86_400:
            raise ComponentError("CFG-003", f"{name} is {seconds} s", remedy="Give 0 < seconds <= 86400.")


def _check_sandbox(address: str | None, environment: str) -> None:
    """Before anything is opened: whoever answers there is asked for addresses that money may be sent to."""
    if address is None:
        return
    if not LOCAL_ADDRESS.fullmatch(address):
        message = f"--sandbox is {address or 'empty'}, which is no address of local venues on this machine"
        remedy = "Give the one that 'basis sandbox up' prints, such as http://127.0.0.1:8765."
        raise ComponentError("EIF-012", message, remedy=remedy)
    if environment != "dev":
        message = f"--sandbox is given, and the environment is {environment}"
        raise ComponentError("EIF-012", message, remedy="Local venues belong to dev: give --env dev.")
