"""ExecutionInterfaceFactory: what is checked before an interface exists, and what happens when something fails."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from basis_strategy_v1.core.domain.settings import FactorySettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.unified_health_manager import HealthStatus, UnifiedHealthManager
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.dex_execution_interface import DEXExecutionInterface
from basis_strategy_v1.core.interfaces.execution_interface_factory import ExecutionInterfaceFactory
from basis_strategy_v1.core.interfaces.factory_checks import is_local
from basis_strategy_v1.core.interfaces.transfer_execution_interface import TransferExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from execution_fakes import FakeChain, FakeData, FakeExchange, FakeSink, chain_spec, exchange_spec, failure


class ExchangeExecutionInterface(CEXExecutionInterface):
    """An exchange."""

    spec: ClassVar[VenueSpec] = exchange_spec()


class PoolExecutionInterface(DEXExecutionInterface):
    """A pool."""

    spec: ClassVar[VenueSpec] = chain_spec("pool", "DEX", "swap")


class WalletExecutionInterface(TransferExecutionInterface):
    """A wallet."""

    spec: ClassVar[VenueSpec] = chain_spec("wallet", "Transfer")


class BrokenExecutionInterface(CEXExecutionInterface):
    """Fails when it is made."""

    spec: ClassVar[VenueSpec] = exchange_spec("broken")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise KeyError("what")


class PlainSecret:
    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        return self._value


class SteppingClock:
    """Moves by ``step`` milliseconds whenever it is asked."""

    now = 7
    row = 0

    def __init__(self, *steps: float) -> None:
        self._steps = list(steps)
        self._elapsed = 0.0

    def elapsed_ms(self) -> float:
        elapsed = self._elapsed
        self._elapsed += self._steps.pop(0) if self._steps else 0.0
        return elapsed


@pytest.fixture(autouse=True)
def venues(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = {
        "exchange": ExchangeExecutionInterface,
        "pool": PoolExecutionInterface,
        "wallet": WalletExecutionInterface,
        "alchemy": WalletExecutionInterface,
        "broken": BrokenExecutionInterface,
    }
    monkeypatch.setattr(ExecutionInterfaceFactory, "VENUE_MAP", classes)
    monkeypatch.setattr(ExecutionInterfaceFactory, "venue_validation", {})


def backends(venue: str) -> Any:
    return FakeExchange() if venue == "exchange" else FakeChain()


def create(venue: str = "exchange", mode: str = "backtest", settings: Any = None, **options: Any) -> Any:
    config = {"venue_settings": {venue: settings}}
    data = options.pop("data_provider", FakeData())
    return ExecutionInterfaceFactory.create_interface(venue, mode, config, data, **{"backends": backends, **options})


def create_all(*venues: str, **options: Any) -> dict[str, BaseExecutionInterface]:
    config = {"venue_settings": dict.fromkeys(venues)}
    return ExecutionInterfaceFactory.create_all_interfaces(
        "backtest", config, FakeData(), **{"backends": backends, **options}
    )


def secrets(**values: str) -> Any:
    def source(spec: VenueSpec, environment: str) -> Mapping[str, PlainSecret]:
        return {name: PlainSecret(value) for name, value in values.items()}

    return source


def assert_refused(code: str, *words: str, **arguments: Any) -> None:
    with pytest.raises(ComponentError) as raised:
        create(**arguments)
    assert raised.value.error_code == code
    assert all(word in raised.value.message for word in words), raised.value.message


def test_a_backtest_needs_no_credentials() -> None:
    interface = create()
    assert type(interface) is ExchangeExecutionInterface
    assert interface.execution_mode == "backtest"
    assert ExecutionInterfaceFactory.created_interfaces["exchange"] is interface


def test_all_interfaces_come_in_the_order_of_the_settings_and_share_what_is_in_flight() -> None:
    sink, health = FakeSink(), UnifiedHealthManager()
    interfaces = create_all("wallet", "exchange", event_logger=sink, health_manager=health)
    assert list(interfaces) == ["wallet", "exchange"]
    assert interfaces["wallet"].transfers is interfaces["exchange"].transfers
    assert sink.types() == ["component_initialization", "interface_created", "interface_created"]
    assert sink.data_of("interface_created")[1].interface_class == "ExchangeExecutionInterface"
    assert health.component_names == (
        "ExecutionInterfaceFactory",
        "ExecutionInterfaces.wallet",
        "ExecutionInterfaces.exchange",
    )
    assert health.overall_status() is HealthStatus.HEALTHY


def test_created_interfaces_are_forgotten_with_their_run() -> None:
    interfaces = create_all("exchange")
    assert dict(ExecutionInterfaceFactory.created_interfaces) == interfaces
    interfaces.clear()
    gc.collect()
    assert dict(ExecutionInterfaceFactory.created_interfaces) == {}


def test_a_spec_of_the_run_goes_before_that_of_the_class() -> None:
    other = exchange_spec(description="another account")
    assert create(specs=(other,)).spec.description == "another account"


def test_a_class_that_fails_is_eif_001_with_its_cause() -> None:
    with pytest.raises(ComponentError, match="KeyError") as raised:
        create("broken")
    assert raised.value.error_code == "EIF-001"
    assert isinstance(raised.value.original_exception, KeyError)


def test_an_unknown_venue_is_eif_002_and_names_the_known_ones() -> None:
    sink = FakeSink()
    assert_refused("EIF-002", "'mars'", "exchange", venue="mars", event_logger=sink)
    assert sink.types() == ["venue_validation_failed"]
    assert ExecutionInterfaceFactory.venue_validation == {"mars": False}
    assert not ExecutionInterfaceFactory.validate_venue("")
    with pytest.raises(ComponentError):
        ExecutionInterfaceFactory.get_venue_info("mars")


def test_live_asks_for_every_credential() -> None:
    sink = FakeSink()
    arguments = {"mode": "live", "environment": "prod", "event_logger": sink}
    assert_refused("EIF-003", "BASIS_PROD__CEX__EXCHANGE_API_KEY", credentials=secrets(), **arguments)
    assert sink.types() == ["credential_validation_failed"]
    assert create(credentials=secrets(api_key="abc"), **arguments).venue == "exchange"


@pytest.mark.parametrize("value", ["", "0x...", "your_key"])
def test_live_refuses_placeholders(value: str) -> None:
    assert_refused("EIF-006", "API_KEY", mode="live", environment="prod", credentials=secrets(api_key=value))


def test_a_venue_without_credentials_needs_none_live() -> None:
    spec = exchange_spec(credentials=())
    assert create(mode="live", environment="prod", specs=(spec,)).venue == "exchange"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"backends": None}, "backends"),
        ({"data_provider": None}, "data_provider"),
        ({"mode": "live", "environment": "prod"}, "credentials"),
    ],
)
def test_a_missing_dependency_is_eif_004(arguments: dict[str, Any], word: str) -> None:
    assert_refused("EIF-004", word, **arguments)


def test_dependencies_must_all_be_given() -> None:
    with pytest.raises(ComponentError, match="position_monitor, event_logger") as raised:
        ExecutionInterfaceFactory.set_interface_dependencies({}, None, None, FakeData())
    assert raised.value.error_code == "EIF-004"


def test_an_unknown_environment_is_eif_005_and_production_is_prod() -> None:
    assert_refused("EIF-005", "'moon'", environment="moon")
    credentials = secrets(api_key="abc")
    assert create(mode="live", environment="production", credentials=credentials).venue == "exchange"


def test_a_capability_that_the_mode_needs_is_checked() -> None:
    assert create(required_capabilities={"exchange": frozenset({"perp"})}).venue == "exchange"
    required = {"exchange": frozenset({"perp", "options", "futures"})}
    assert_refused("EIF-007", "futures, options", required_capabilities=required)


@pytest.mark.parametrize(
    "settings",
    [
        ["testnet"],
        {"family": "DEX"},
        {"testnet": "yes"},
        {"timeout": 0},
        {"timeout": Decimal(120)},
        {"timeout": "soon"},
    ],
)
def test_unusable_venue_settings_are_eif_008(settings: Any) -> None:
    assert_refused("EIF-008", "venue_settings.exchange", settings=settings)


def test_usable_venue_settings_reach_the_interface() -> None:
    assert create(settings={"timeout": Decimal(15), "testnet": True}).venue_config["testnet"] is True


def test_an_interface_that_takes_too_long_is_tried_again_and_then_eif_009() -> None:
    pauses: list[int] = []
    settings = FactorySettings(timeout=Decimal(30), max_retries=2)
    slow = {"factory_settings": settings, "pause": pauses.append}
    assert create(clock=SteppingClock(30_001, 0, 30_001, 0, 29_999), **slow).venue == "exchange"
    assert pauses == [1, 2]
    assert_refused("EIF-009", "30 s", clock=SteppingClock(30_001, 0, 30_001, 0, 30_001), **slow)


def test_a_backend_that_gives_up_waiting_is_eif_009() -> None:
    def waiting(venue: str) -> Any:
        raise TimeoutError("no answer")

    assert_refused("EIF-009", "no answer", backends=waiting)


def test_a_venue_that_cannot_be_reached_at_first_is_tried_again() -> None:
    answers: list[Any] = [failure("EXI-003"), FakeExchange()]

    def flaky(venue: str) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    health = UnifiedHealthManager()
    assert list(create_all("exchange", backends=flaky, health_manager=health)) == ["exchange"]
    assert health.check_component("ExecutionInterfaceFactory").status is HealthStatus.DEGRADED


def test_the_same_venue_under_two_names_is_made_once_and_written_down() -> None:
    sink, health = FakeSink(), UnifiedHealthManager()
    interfaces = create_all("wallet", "alchemy", event_logger=sink, health_manager=health)
    assert list(interfaces) == ["wallet"]
    assert [data.error_code for data in sink.data_of("error")] == ["EIF-010"]
    assert health.overall_status() is HealthStatus.DEGRADED


def test_an_unknown_execution_mode_is_eif_011() -> None:
    assert_refused("EIF-011", "'paper'", mode="paper")


@pytest.mark.parametrize(
    ("environment", "settings"),
    [
        ("prod", {"testnet": True}),
        ("staging", {"testnet": True}),
        ("prod", {"host": "http://127.0.0.1:8080/api"}),
        ("dev", {"host": "https://api.exchange.com"}),
    ],
)
def test_a_host_of_another_environment_is_eif_012(environment: str, settings: dict[str, Any]) -> None:
    credentials = secrets(api_key="abc")
    assert_refused("EIF-012", mode="live", environment=environment, settings=settings, credentials=credentials)


@pytest.mark.parametrize(
    ("environment", "settings"),
    [
        ("dev", {"testnet": True, "host": "https://test.exchange.com"}),
        ("dev", {"host": "localhost:8080"}),
        ("prod", {"host": "https://api.exchange.com"}),
    ],
)
def test_a_host_of_the_environment_is_taken(environment: str, settings: dict[str, Any]) -> None:
    credentials = secrets(api_key="abc")
    assert create(mode="live", environment=environment, settings=settings, credentials=credentials)


@pytest.mark.parametrize(("environment", "chain_id"), [("dev", "1"), ("prod", "11155111"), ("staging", "31337")])
def test_a_chain_of_another_environment_is_eif_012(environment: str, chain_id: str) -> None:
    credentials = secrets(chain_id=chain_id)
    assert_refused("EIF-012", chain_id, venue="pool", mode="live", environment=environment, credentials=credentials)


@pytest.mark.parametrize(("environment", "chain_id"), [("dev", "31337"), ("dev", "11155111"), ("prod", " 1 ")])
def test_a_chain_of_the_environment_is_taken(environment: str, chain_id: str) -> None:
    assert create("pool", "live", environment=environment, credentials=secrets(chain_id=chain_id))


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1:1", True),
        ("ws://[::1]:8545/x", True),
        ("https://localhost.evil.com", False),
        ("api.exchange.com", False),
    ],
)
def test_a_local_host_is_recognised(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_strict_creation_stops_at_the_first_failure() -> None:
    sink = FakeSink()
    with pytest.raises(ComponentError) as raised:
        create_all("broken", "exchange", event_logger=sink)
    assert raised.value.error_code == "EIF-001"
    assert sink.types() == ["component_initialization", "interface_creation_failed"]


def test_lenient_creation_leaves_a_failing_venue_out_and_degrades_health() -> None:
    sink, health = FakeSink(), UnifiedHealthManager()
    lenient = FactorySettings(validation_strict=False)
    interfaces = create_all(
        "broken", "mars", "exchange", factory_settings=lenient, event_logger=sink, health_manager=health
    )
    assert list(interfaces) == ["exchange"]
    (event,) = sink.data_of("error")
    assert (event.error_code, event.message) == ("EIF-013", "left out: broken, mars")
    assert health.overall_status() is HealthStatus.DEGRADED


def test_lenient_creation_without_any_venue_left_is_eif_001() -> None:
    with pytest.raises(ComponentError, match="broken") as raised:
        create_all("broken", factory_settings=FactorySettings(validation_strict=False))
    assert raised.value.error_code == "EIF-001"


def test_the_thin_makers_take_their_own_family_only() -> None:
    config = {"venue_settings": {}}
    make_cex = ExecutionInterfaceFactory.create_cex_interface
    make_dex = ExecutionInterfaceFactory.create_dex_interface
    assert make_cex("exchange", "backtest", config, FakeData(), backends=backends).family == "CEX"
    assert make_dex("pool", "backtest", config, FakeData(), backends=backends).family == "DEX"
    for make, venue in [(make_cex, "pool"), (make_dex, "exchange")]:
        with pytest.raises(ComponentError) as raised:
            make(venue, "backtest", config, FakeData(), backends=backends)
        assert raised.value.error_code == "EIF-002"


def test_a_venue_tells_about_itself() -> None:
    assert ExecutionInterfaceFactory.get_available_venues() == ["exchange", "pool", "wallet", "alchemy", "broken"]
    info = ExecutionInterfaceFactory.get_venue_info("pool")
    assert (info["class_name"], info["venue_type"], info["is_available"]) == ("PoolExecutionInterface", "DEX", True)
    assert info["capabilities"] == ["swap"]
