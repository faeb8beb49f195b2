"""Live backends on local venues in process: no sockets, a clock moved by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import SecretStr

from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.backends.live.connect import connect
from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrivals
from basis_strategy_v1.backends.live.options import LiveVenueOptions, WithdrawalTarget
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, TransferRequest
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.sandbox.addresses import deposit_address
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import environment_variables
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.in_process import InProcessAdapter
from basis_strategy_v1.sandbox.world import build_world
from basis_strategy_v1.venues.registry import spec_for
from venue_market import venue_market

NETWORKS = {"binance": "ETH", "bybit": "ETH", "okx": "USDT-ERC20", "hyperliquid": ""}


def secrets(spec: VenueSpec) -> dict[str, SecretStr]:
    """The fixed keys of the local venue."""
    variables = environment_variables([spec.venue])
    return {field.name: SecretStr(variables[f"BASIS_DEV__{field.environment_suffix}"]) for field in spec.credentials}


class LiveVenues:
    """Local venues and a live backend of each.

    Args:
        venues: their names.
        market: what they trade on; two days of constant prices when omitted.
        options: of the world (``balances``, ``model``, ``fees``, ...).
        live: further fields of ``LiveVenueOptions``.
    """

    def __init__(
        self, venues: Sequence[str], market: Any = None, live: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        use_ledger_context()
        self.world = build_world(market or venue_market(venues), venues, **options)
        self.application = SandboxApplication(self.world)
        self.arrivals = ExpectedArrivals()
        self._live = dict(live or {})
        self.exchanges = {venue: self.open(venue) for venue in venues}
        self.sent = 0

    def open(self, venue: str) -> CcxtExchange:
        """A further connection, as another process would have it."""
        spec = spec_for(venue)
        return connect(spec, secrets(spec), self.options(venue))

    def options(self, venue: str, **fields: Any) -> LiveVenueOptions:
        """Options that lead into the local venues."""
        targets = tuple(
            WithdrawalTarget(
                location=spec_for(other).deposit_location,
                token=token,
                address=deposit_address(other),
                network=NETWORKS[venue],
            )
            for other in self.world.venues
            for token in ("USDT", "USDC")
            if other != venue
        )
        defaults = {
            "now_ns": self.world.clock.now_ns,
            "wait": self.world.clock.advance,
            "adapter": InProcessAdapter(self.application),
            "arrivals": self.arrivals,
            "withdrawal_targets": targets,
        }
        return LiveVenueOptions(**{**defaults, **self._live, **fields})

    def fault(self, kind: Any, endpoint: str, venue: str = "*", **fields: Any) -> None:
        """Script a mishap of the requests that come from now on."""
        self.world.faults.add([FaultRule(kind=kind, venue=venue, endpoint=endpoint, **fields)])

    def rows(self, rows: int) -> None:
        """Move the clock."""
        self.world.clock.advance_rows(rows)

    def place(self, venue: str, symbol: str, trade_type: Any, side: Any, quantity: str, **fields: Any) -> OrderReport:
        """Place an order; a price makes it a limit order."""
        self.sent += 1
        if "price" in fields:
            fields["price"] = Decimal(fields["price"])
            fields.setdefault("order_type", "limit")
        fields.setdefault("client_order_id", f"{self.sent:032x}")
        request = OrderRequest(symbol=symbol, trade_type=trade_type, side=side, quantity=Decimal(quantity), **fields)
        return self.exchanges[venue].place_order(request)

    def requests_to(self, endpoint: str) -> int:
        """How often an endpoint was called."""
        return len(self.world.requests.latest(endpoint=endpoint))

    def move(self, source: str, target: str, amount: str, token: str = "USDT", **fields: Any) -> TransferRequest:
        """A request to move a token."""
        self.sent += 1
        fields.setdefault("client_transfer_id", f"{self.sent:032x}")
        return TransferRequest(from_location=source, to_location=target, token=token, amount=Decimal(amount), **fields)
