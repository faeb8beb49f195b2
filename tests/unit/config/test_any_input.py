"""Whatever is given, a configuration loads or is refused in one line."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.config.loader import load_config
from basis_strategy_v1.config.models import RunConfig
from basis_strategy_v1.config.resolved import ResolvedConfig
from basis_strategy_v1.config.sections import leaf_entries
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

KEYS = [key for key, _ in leaf_entries(RunConfig)]
PARTS = sorted({part for key in KEYS for part in key.split(".")} | {"binance", "venues", "cex", "fees", "alchemy"})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.datetimes()
    | st.sampled_from(["binance", "8h", "swap", "1e400", "-0", "USDT", "perp.bybit", "eth_directional"])
)
NAMES = st.sampled_from(PARTS) | st.text(max_size=5) | st.integers()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)


def outcome(*overrides: str, file: object) -> ResolvedConfig | ComponentError:
    try:
        return load_config("eth_basis", config_file=file, overrides=overrides, environment={})
    except ComponentError as error:
        return error


def loads_or_is_refused_in_one_line(*overrides: str, file: object = None) -> None:
    result = outcome(*overrides, file=file)
    if isinstance(result, ComponentError):
        assert "\n" not in result.line
        assert result.line.startswith(("CFG-001", "CFG-002", "CFG-003", "CFG-004"))
    else:
        assert sum(result.settings.strategy.hedge_allocation.values()) == 1


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("any") / "run.yaml"


@settings(max_examples=200, deadline=None)
@given(document=st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_document_loads_or_is_refused(document, file):
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    loads_or_is_refused_in_one_line(file=file)


@settings(max_examples=200, deadline=None)
@given(key=st.sampled_from(KEYS), value=VALUES)
def test_any_value_of_a_key_is_taken_or_refused(key, value, file):
    document: object = value
    for part in reversed(key.split(".")):
        document = {part: document}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    loads_or_is_refused_in_one_line(file=file)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30) | st.builds("{}={}".format, st.sampled_from(KEYS), st.text(max_size=20)))
def test_any_override_is_taken_or_refused(text):
    loads_or_is_refused_in_one_line(text)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60))
def test_any_bytes_are_a_configuration_or_refused(content, file):
    file.write_bytes(content)
    loads_or_is_refused_in_one_line(file=file)
