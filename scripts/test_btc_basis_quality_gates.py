"""Quality gate of btc_basis: a run on the embedded sample trades, reconciles, closes its P&L and repeats itself."""

from __future__ import annotations

from quality_gates import check_basis_mode, main


def test_btc_basis() -> None:
    """Raises when the gate does not hold."""
    check_basis_mode("btc_basis")


if __name__ == "__main__":
    main("btc_basis", [("runs end to end", lambda: check_basis_mode("btc_basis"))])
