from __future__ import annotations

import pytest

from basis_strategy_v1.results.formatting import day, minute, money, percent, ratio
from basis_strategy_v1.results.report import _title

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.567", "USDT", "1,234.57"),
        ("-1234.5", "USDT", f"{MINUS}1,234.50"),
        ("-0.001", "USDT", "0.00"),
        ("0.1234567", "ETH", "0.123457"),
    ],
)
def test_money_has_the_places_of_its_currency(amount: str, currency: str, text: str) -> None:
    assert money(amount, currency) == text


def test_fractions_are_per_cent_and_absent_ones_a_dash() -> None:
    assert (percent(-0.0512), percent(None)) == (f"{MINUS}5.12 %", "\N{EN DASH}")
    assert (ratio(1.234), ratio(None)) == ("1.23", "\N{EN DASH}")


def test_times_are_shown_to_the_minute() -> None:
    assert minute("2024-05-12T08:00:00Z") == minute(1_715_500_800_000_000_000) == "2024-05-12 08:00"
    assert day("2024-05-12T08:00:00Z") == "2024-05-12"


def test_modes_are_shown_as_words() -> None:
    assert (_title("btc_basis"), _title("pure_lending")) == ("BTC basis", "Pure lending")
