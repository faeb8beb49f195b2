"""Quality gate of the execution components: manager, interfaces, factory, reconciliation, tight loop, integration."""

from __future__ import annotations

from quality_gates import Gate, main, run_tests

COMPONENTS = {
    "execution interface manager": ("tests/unit/core/execution",),
    "execution interfaces and factory": ("tests/unit/core/interfaces",),
    "reconciliation component": ("tests/unit/core/reconciliation",),
    "position update handler": ("tests/unit/core/strategies",),
    "error codes": ("tests/unit/core/error_codes", "tests/architecture/test_error_codes.py"),
    "venue interaction": ("tests/contract", "tests/unit/backends"),
    "integration": ("tests/acceptance",),
}


def gates() -> list[Gate]:
    """One gate for each component: its tests pass."""
    return [(name, lambda paths=paths: run_tests(*paths)) for name, paths in COMPONENTS.items()]  # type: ignore[misc]


def test_execution_components() -> None:
    """Raises when a gate does not hold."""
    for _, gate in gates():
        gate()


if __name__ == "__main__":
    main("execution components", gates())
