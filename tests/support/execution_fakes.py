"""Fakes that stand behind execution interfaces: a sink, data, an exchange and a chain that answer as told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.deltas import Cost, ExecutionDeltas, Fill, Outcome
from basis_strategy_v1.core.domain.events import Timed
from basis_strategy_v1.core.domain.instructions import CexTrade, SmartContractAction, WalletTransfer
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import (
    LocationReport,
    OrderReport,
    OrderRequest,
    OrderStatus,
    PerpPosition,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.dex_execution_interface import DEXExecutionInterface
from basis_strategy_v1.core.interfaces.onchain_execution_interface import OnChainExecutionInterface
from basis_strategy_v1.core.interfaces.ports import BaseDataProvider
from basis_strategy_v1.core.interfaces.transfer_execution_interface import TransferExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import CredentialField, VenueSpec

NOW = 1_715_472_000_000_000_000
PRICE = Decimal("60000.1")


def exchange_spec(venue: str = "exchange", **changes: Any) -> VenueSpec:
    common = {"venue": venue, "quote": "USDT", "tick": Decimal("0.1"), "step": Decimal("0.001")}
    limits = {"min_quantity": Decimal("0.001"), "min_notional": Decimal(5)}
    values: dict[str, Any] = {
        "venue": venue,
        "family": "CEX",
        "description": "an exchange",
        "capabilities": frozenset({"spot", "perp", "market", "limit", "post_only", "ioc", "reduce_only"}),
        "credentials": (CredentialField("api_key", "CEX__EXCHANGE_API_KEY"),),
        "spot_location": venue,
        "margin_location": f"{venue}.derivatives",
        "locations": (venue, f"{venue}.derivatives"),
        "instruments": (
            Instrument(symbol="BTCUSDT", trade_type="spot", base="BTC", **common, **limits),
            Instrument(symbol="BTCUSDT", trade_type="perp", base="BTC", **common, **limits),
        ),
    }
    return VenueSpec(**{**values, **changes})


def chain_spec(venue: str, family: str, *capabilities: str, **changes: Any) -> VenueSpec:
    values: dict[str, Any] = {
        "venue": venue,
        "family": family,
        "description": f"{venue} on a chain",
        "capabilities": frozenset(capabilities),
        "credentials": (CredentialField("chain_id", "ALCHEMY__CHAIN_ID"),),
        "locations": ("wallet",) if family == "Transfer" else (venue, "wallet"),
    }
    return VenueSpec(**{**values, **changes})


class FakeSink:
    def __init__(self) -> None:
        self.events: list[tuple[int, str, str, Any]] = []

    def log_event(self, timestamp: int, event_type: str, component: str, data: Any) -> None:
        self.events.append((timestamp, event_type, component, data))

    def log_events(self, event_type: str, component: str, items: Sequence[Timed]) -> None:
        self.events += [(item.timestamp, event_type, component, item) for item in items]

    def types(self) -> list[str]:
        return [event[1] for event in self.events]

    def data_of(self, event_type: str) -> list[Any]:
        return [event[3] for event in self.events if event[1] == event_type]


class FakeData(BaseDataProvider):
    def __init__(self, **prices: float) -> None:
        self.prices = prices or {"exchange:BTCUSDT": 60000.1, "exchange:BTCUSDT-PERP": 60000.1}

    def get_data(self, timestamp: Any) -> Mapping[str, Any]:
        return {"market_data": {"prices": self.prices}}


def make_fill(request: OrderRequest, quantity: Decimal, trade_id: str, fee: str = "0", fee_asset: str = "USDT") -> Fill:
    signed = quantity if request.side == "buy" else -quantity
    return Fill(trade_id, "exchange", request.symbol, request.trade_type, signed, PRICE, Decimal(fee), fee_asset)


def report_of(request: OrderRequest, status: OrderStatus, fills: Sequence[Fill] = (), **changes: Any) -> OrderReport:
    values: dict[str, Any] = {
        "client_order_id": request.client_order_id,
        "symbol": request.symbol,
        "trade_type": request.trade_type,
        "side": request.side,
        "quantity": request.quantity,
        "status": status,
        "filled": sum((abs(fill.quantity) for fill in fills), Decimal(0)),
        "fills": tuple(fills),
    }
    return OrderReport(**{**values, **changes})


class FakeExchange:
    """Fills market orders whole, lets limit orders rest; ``failures`` are raised and ``answers`` given first."""

    def __init__(self) -> None:
        self.requests: list[OrderRequest] = []
        self.transfers: list[TransferRequest] = []
        self.answers: list[Any] = []
        self.failures: list[Exception] = []
        self.reports: dict[str, OrderReport] = {}
        self.events: list[Any] = []
        self.observations = 0
        self.fee = ("0", "USDT")
        self.leverage: dict[str, int] = {}
        self.transfer_answer: dict[str, Any] = {}
        self.balances = {"exchange": {"BTC": Decimal(2), "USDT": Decimal(100)}}
        self.positions = {"BTCUSDT": PerpPosition(Decimal(-1), Decimal(-60000))}

    def place_order(self, request: OrderRequest) -> OrderReport:
        self.requests.append(request)
        if self.failures:
            raise self.failures.pop(0)
        if self.answers:
            answer = self.answers.pop(0)
            report: OrderReport = answer(request) if callable(answer) else answer
        elif request.order_type == "limit":
            report = report_of(request, OrderStatus.NEW)
        else:
            fill = make_fill(request, request.quantity, f"trade-{len(self.requests)}", *self.fee)
            report = report_of(request, OrderStatus.FILLED, [fill])
        if report.outcome is Outcome.DONE:
            self.reports[request.client_order_id] = report
        return report

    def cancel_order(self, client_order_id: str) -> OrderReport:
        return self.answers.pop(0)

    def amend_order(self, client_order_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        return self.answers.pop(0)

    def transfer(self, request: TransferRequest) -> TransferReport:
        self.transfers.append(request)
        if self.failures:
            raise self.failures.pop(0)
        return transfer_report(request, **self.transfer_answer)

    def set_leverage(self, symbol: str, leverage: int) -> None:
        self.leverage[symbol] = leverage

    def lookup_order(self, client_order_id: str) -> OrderReport | None:
        return self.reports.get(client_order_id)

    def open_orders(self) -> Sequence[OrderReport]:
        return [report for report in self.reports.values() if report.status.is_open]

    def observe(self) -> Sequence[LocationReport]:
        self.observations += 1
        return [
            LocationReport("exchange", self.balances["exchange"]),
            LocationReport("exchange.derivatives", {"USDT": Decimal(50)}, self.positions),
        ]

    def poll_events(self) -> Sequence[Any]:
        events, self.events = self.events, []
        return events


def transfer_report(request: TransferRequest, **changes: Any) -> TransferReport:
    fee = changes.get("fee", Decimal(0))
    values: dict[str, Any] = {
        "client_transfer_id": request.client_transfer_id,
        "token": request.token,
        "sent": request.amount,
        "fee": fee,
        "received": request.amount - (Decimal(0) if changes.get("fee_asset") else fee),
    }
    return TransferReport(**{**values, **changes})


class FakeChain:
    """Does every action by moving its amount out of the wallet; ``answers`` and ``failures`` come first."""

    def __init__(self) -> None:
        self.actions: list[tuple[Any, str]] = []
        self.transfers: list[TransferRequest] = []
        self.answers: list[Any] = []
        self.failures: list[Exception] = []
        self.known: dict[str, ExecutionDeltas] = {}
        self.events: list[Any] = []
        self.transfer_answer: dict[str, Any] = {}

    def execute(self, action: SmartContractAction, action_id: str) -> ExecutionDeltas:
        self.actions.append((action, action_id))
        return self._answer(action_id, action.protocol, action.token)

    def execute_atomic(self, block: Any, action_id: str) -> ExecutionDeltas:
        self.actions.append((block, action_id))
        return self._answer(action_id, block.steps[0].protocol, block.steps[0].token)

    def _answer(self, action_id: str, venue: str, token: str) -> ExecutionDeltas:
        if self.failures:
            raise self.failures.pop(0)
        if self.answers:
            return self.answers.pop(0)(action_id)
        changes = {"wallet": {token: Decimal(-10)}, venue: {f"a{token}": Decimal(10)}}
        costs = (Cost("gas", "ETH", Decimal("0.001")),)
        return ExecutionDeltas(instruction_id=action_id, venue=venue, changes=changes, costs=costs)

    def transfer(self, request: TransferRequest) -> TransferReport:
        self.transfers.append(request)
        return transfer_report(request, **self.transfer_answer)

    def lookup(self, action_id: str) -> ExecutionDeltas | None:
        return self.known.get(action_id)

    def observe(self, location: str) -> Sequence[LocationReport]:
        return [LocationReport(location, {"USDT": Decimal(7)})]

    def poll_events(self) -> Sequence[Any]:
        events, self.events = self.events, []
        return events


def rejected_deltas(code: str, reason: str = "no", **changes: Any) -> Any:
    def answer(action_id: str) -> ExecutionDeltas:
        return ExecutionDeltas(
            instruction_id=action_id,
            venue="aave",
            outcome=Outcome.REJECTED,
            error_code=code,
            reason=reason,
            **changes,
        )

    return answer


def rejected_order(code: str, reason: str = "no") -> Any:
    def answer(request: OrderRequest) -> OrderReport:
        return report_of(request, OrderStatus.REJECTED, outcome=Outcome.REJECTED, error_code=code, reason=reason)

    return answer


def unknown_order(request: OrderRequest) -> OrderReport:
    return report_of(request, OrderStatus.NEW, outcome=Outcome.UNKNOWN, error_code="EXI-007", reason="timeout")


def failure(code: str, message: str = "told to") -> ComponentError:
    return ComponentError(code, message)


def make_exchange(venue: str = "exchange", **changes: Any) -> CEXExecutionInterface:
    values: dict[str, Any] = {
        "backend": FakeExchange(),
        "spec": exchange_spec(venue),
        "event_logger": FakeSink(),
    }
    data = changes.pop("data", None) or FakeData(**{f"{venue}:BTCUSDT": 60000.1, f"{venue}:BTCUSDT-PERP": 60000.1})
    return CEXExecutionInterface(venue, {}, data, "backtest", **{**values, **changes})


def make_lending(chain: FakeChain, **changes: Any) -> OnChainExecutionInterface:
    spec = chain_spec("aave", "OnChain", "supply", "withdraw", "borrow", "repay", "stake", "request_withdrawal")
    values: dict[str, Any] = {"backend": chain, "spec": spec, "event_logger": FakeSink()}
    return OnChainExecutionInterface("aave", {}, FakeData(), "backtest", **{**values, **changes})


def make_swaps(chain: FakeChain, **changes: Any) -> DEXExecutionInterface:
    spec = chain_spec("uniswap", "DEX", "swap", "add_liquidity", "remove_liquidity")
    values: dict[str, Any] = {"backend": chain, "spec": spec, "event_logger": FakeSink()}
    return DEXExecutionInterface("uniswap", {}, FakeData(), "backtest", **{**values, **changes})


def make_wallet(chain: FakeChain, **changes: Any) -> TransferExecutionInterface:
    spec = chain_spec("wallet", "Transfer", "wrap", "unwrap")
    values: dict[str, Any] = {"backend": chain, "spec": spec, "event_logger": FakeSink()}
    return TransferExecutionInterface("wallet", {}, FakeData(), "backtest", **{**values, **changes})


def trade(**changes: Any) -> CexTrade:
    values: dict[str, Any] = {
        "venue": "exchange",
        "trade_type": "spot",
        "symbol": "BTCUSDT",
        "side": "buy",
        "amount": Decimal(1),
        "instruction_id": "order-1",
    }
    return CexTrade(**{**values, **changes})


def action(**changes: Any) -> SmartContractAction:
    values: dict[str, Any] = {
        "protocol": "aave",
        "action": "supply",
        "token": "USDT",
        "amount": Decimal(10),
        "instruction_id": "action-1",
    }
    return SmartContractAction(**{**values, **changes})


def transfer(**changes: Any) -> WalletTransfer:
    values: dict[str, Any] = {
        "from_venue": "exchange",
        "to_venue": "wallet",
        "token": "USDT",
        "amount": Decimal(100),
        "instruction_id": "transfer-1",
    }
    return WalletTransfer(**{**values, **changes})
