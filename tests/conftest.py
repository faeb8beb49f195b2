"""What every test may count on: a clean environment, a decimal context of its own, real data where there is some."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from decimal import DefaultContext, localcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chosen_build import BUILD_VARIABLE, leave_out_what_replaces_parts
from explored import Explored
from met_codes import MetCodes

ROOT = Path(__file__).resolve().parent.parent
SETTING_PREFIXES = ("BASIS_", "VENUE_", "EXECUTION_INTERFACE_FACTORY_", "RECONCILIATION_")
REAL_DATA_VARIABLE = "BASIS_REAL_DATA"
KEPT_VARIABLES = (REAL_DATA_VARIABLE, BUILD_VARIABLE)

# No test asserts a time, so no example has a deadline.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_configure(config: pytest.Config) -> None:
    """Watch which error codes the tests bring about, and how much they explore."""
    codes = MetCodes()
    codes.watch()
    config.pluginmanager.register(codes, "met_codes")
    config.pluginmanager.register(Explored(), "explored")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what the build under test cannot do."""
    leave_out_what_replaces_parts(items)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of the person who runs it."""
    for name in list(os.environ):
        if name.startswith(SETTING_PREFIXES) and name not in KEPT_VARIABLES:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a person's runs keep on this machine is neither read nor written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="module", autouse=True)
def own_decimal_context_of_a_module() -> Iterator[None]:
    """Every module begins with Python's own decimal context, whatever was set while others were read or prepared."""
    with localcontext(DefaultContext):
        yield


@pytest.fixture(autouse=True)
def own_decimal_context(own_decimal_context_of_a_module: None) -> Iterator[None]:
    """A decimal context that one test sets never reaches the next."""
    with localcontext():
        yield


@pytest.fixture
def real_dataset() -> Callable[[str], Path]:
    """The folder of a real dataset by name; the test is skipped where it is not at hand.

    Real series are no part of the project. They are looked for in the folder that ``BASIS_REAL_DATA`` names, else in
    ``shared``/``data`` beside the checkout.
    """
    folder = Path(os.environ.get(REAL_DATA_VARIABLE) or ROOT.parent / "shared" / "data")

    def find(name: str) -> Path:
        dataset = folder / name
        if not dataset.is_dir():
            pytest.skip(f"real dataset {name} is not at hand (set {REAL_DATA_VARIABLE} to its folder)")
        return dataset

    return find
