"""Execution layer and engine for crypto basis, carry and DeFi-yield strategies."""

from basis_strategy_v1.compiled_build import use_compiled_modules

use_compiled_modules()
