"""What accounts must be like before a run opens its books on them."""

from __future__ import annotations

from collections.abc import Sequence

from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

COMPONENT = "ExecutionInterfaceFactory"
HEDGE_MODE = "EIF-008"


def prepare_accounts(connections: Connections, specs: Sequence[VenueSpec]) -> None:
    """Refuse accounts that keep two positions per symbol, and set the leverage that margin is counted with.

    Raises:
        ComponentError: EIF-008 for hedge mode; EXI-* as a venue refuses a leverage or cannot be asked.
    """
    for spec in specs:
        exchange = connections.exchanges[spec.venue]
        for finding in exchange.account_check().findings:
            if finding.error_code == HEDGE_MODE:
                raise ComponentError(finding.error_code, finding.message, COMPONENT)
        if spec.margin is None:
            continue
        for instrument in connections.instruments_of(spec.venue):
            if instrument.trade_type == "perp":
                highest = spec.margin.tiers[instrument.symbol][0].max_leverage
                exchange.set_leverage(instrument.symbol, min(spec.margin.default_leverage, highest))
