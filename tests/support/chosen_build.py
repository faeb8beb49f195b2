"""Which build the tests run, settled before anything of the package is imported.

The sources are what is tested, whatever was compiled; ``make test-compiled`` asks for the other build.
"""

from __future__ import annotations

import os

import pytest

BUILD_VARIABLE = "BASIS_COMPILED"
os.environ.setdefault(BUILD_VARIABLE, "0")


def leave_out_what_replaces_parts(items: list[pytest.Item]) -> None:
    """Skip what compiled modules cannot be tested with; where they were asked for, they must be there."""
    from basis_strategy_v1.compiled_build import is_active

    if os.environ[BUILD_VARIABLE] == "0":
        return
    if not is_active():
        pytest.exit(f"{BUILD_VARIABLE} is {os.environ[BUILD_VARIABLE]}, but no compiled modules fit: make compiled")
    skipped = pytest.mark.skip(reason="compiled classes do not allow their methods to be replaced")
    for item in items:
        if item.get_closest_marker("replaces_parts"):
            item.add_marker(skipped)
