"""Lists of a venue that its local one does not give: other kinds, other states, several pages within a millisecond."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from basis_strategy_v1.backends.live.dialects.binance.events import BinanceEvents
from basis_strategy_v1.backends.live.dialects.binance.orders import BinanceOrders
from basis_strategy_v1.backends.live.dialects.bybit.events import BybitEvents
from basis_strategy_v1.backends.live.dialects.bybit.orders import BybitOrders, read_fill
from basis_strategy_v1.backends.live.dialects.hyperliquid.orders import HyperliquidOrders
from basis_strategy_v1.backends.live.dialects.okx.events import OkxEvents
from basis_strategy_v1.backends.live.dialects.okx.instruments import Contracts
from basis_strategy_v1.backends.live.dialects.okx.orders import OkxOrders
from basis_strategy_v1.backends.live.order_reports import is_complete
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import LiquidationReport, OrderStatus
from basis_strategy_v1.venues.registry import spec_for
from vendor_answers import Gateway, documented

MS = 1_000_000


def _gateway(**answers: Any) -> Any:
    return Gateway(answers)


def _instrument(venue: str, symbol: str, trade_type: Any = "perp") -> Instrument:
    found = spec_for(venue).instrument(symbol, trade_type)
    assert found is not None
    return found


def _income(symbol: str, kind: str, income: str, time: int, number: int) -> dict[str, Any]:
    return {"symbol": symbol, "incomeType": kind, "income": income, "asset": "USDT", "time": time, "tranId": number}


class BinanceIncome(Gateway):
    """Lists income as the venue does: of one kind where asked, from a time on, by pages."""

    def __init__(self, entries: list[dict[str, Any]], **answers: Any) -> None:
        super().__init__({"fapiPrivateGetIncome": "", **answers})
        self.entries = entries

    def ask(self, call: str, *arguments: Any) -> Any:
        if call != "fapiPrivateGetIncome":
            return super().ask(call, *arguments)
        fields = arguments[0]
        found = [item for item in self.entries if fields.get("incomeType") in (None, item["incomeType"])]
        return [item for item in found if item["time"] >= fields["startTime"]][: fields["limit"]]


def test_funding_on_binance_is_found_beside_an_order_of_a_thousand_executions() -> None:
    instrument = _instrument("binance", "BTCUSDT")
    many = [_income("BTCUSDT", "COMMISSION", "-0.1", 1_000, number) for number in range(1_100)]
    paid = _income("BTCUSDT", "FUNDING_FEE", "3", 2_000, 1)
    gateway: Any = BinanceIncome([*many, paid], fapiPublicGetFundingRate=[])
    (payment,) = BinanceEvents(gateway, gateway, spec_for("binance"), [instrument], lambda: 0).settlements_since(0)
    assert (payment.timestamp, payment.amount) == (2_000 * MS, 3)  # type: ignore[union-attr]


def test_funding_on_binance_of_what_the_run_does_not_trade_is_none_of_its_own() -> None:
    instrument = _instrument("binance", "BTCUSDT")
    paid = [_income(symbol, "FUNDING_FEE", "3", 2_000, 1) for symbol in ("DOGEUSDT", "BTCUSDT")]
    gateway: Any = BinanceIncome(paid, fapiPublicGetFundingRate=[])
    (payment,) = BinanceEvents(gateway, gateway, spec_for("binance"), [instrument], lambda: 0).settlements_since(0)
    assert payment.symbol == "BTCUSDT"  # type: ignore[union-attr]


def _forced(number: int, time: int) -> dict[str, Any]:
    traded = {"qty": "1", "price": "60000", "commission": "1", "commissionAsset": "USDT"}
    order = {"clientOrderId": f"autoclose-{number}", "symbol": "BTCUSDT", "side": "BUY"}
    return {**traded, **order, "orderId": number, "id": number, "time": time}


class BinanceLiquidations(BinanceIncome):
    """Lists forced orders, each with one execution."""

    def ask(self, call: str, *arguments: Any) -> Any:
        if call == "fapiPrivateGetAllOrders":
            return [item for item in self.answers["forced"] if item["time"] >= arguments[0]["startTime"]]
        if call == "fapiPrivateGetUserTrades":
            return [item for item in self.answers["forced"] if item["orderId"] == arguments[0]["orderId"]]
        return super().ask(call, *arguments)


def test_an_execution_on_binance_stays_with_its_own_clearance_wherever_a_question_begins() -> None:
    cleared = [_income("", "INSURANCE_CLEAR", "-5", time, time) for time in (10_000, 50_000)]
    forced = [_forced(1, 10_500), _forced(2, 50_000)]
    lists = {"forced": forced, "fapiPrivateGetAllOrders": "", "fapiPrivateGetUserTrades": ""}
    gateway: Any = BinanceLiquidations(cleared, **lists)
    instrument = _instrument("binance", "BTCUSDT")
    events = BinanceEvents(gateway, gateway, spec_for("binance"), [instrument], lambda: 0)
    for since in (0, 10_200, 10_501, 40_000):
        told = {report.timestamp // MS: report for report in events.settlements_since(since)}
        assert [fill.trade_id for fill in told[50_000].fills] == ["perp.BTCUSDT.2"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("status", "is_told"), [(0, False), (1, True), (2, False), (6, True), (7, False), (8, False)])
def test_a_deposit_on_binance_is_told_once_it_is_in_the_balance(status: int, is_told: bool) -> None:
    (listed,) = documented("binance", "wallet_deposits")
    gateway = _gateway(sapiGetCapitalDepositHisrec=[listed | {"status": status}])
    assert bool(BinanceEvents(gateway, gateway, spec_for("binance"), [], lambda: 0).deposits_since(0)) == is_told


@pytest.mark.parametrize(("state", "is_told"), [("0", False), ("1", True), ("2", True), ("8", False), ("12", False)])
def test_a_deposit_on_okx_is_told_once_it_is_in_the_balance(state: str, is_told: bool) -> None:
    answer = documented("okx", "deposits")
    gateway = _gateway(privateGetAssetDepositHistory={"data": [answer["data"][0] | {"state": state}]})
    contracts = Contracts(gateway.exchange, [])
    assert bool(OkxEvents(gateway, contracts, spec_for("okx"), lambda: 0).deposits_since(0)) == is_told


class BybitLog(Gateway):
    """Lists two executions of a liquidation half a second apart, and what it took between them."""

    def ask(self, call: str, *arguments: Any) -> Any:
        fields = arguments[0]
        if call == "privateGetV5AccountTransactionLog":
            entries = [{"transactionTime": 1_200, "change": "-7", "tradeId": ""}]
            listed = [item for item in entries if fields["startTime"] <= item["transactionTime"] <= fields["endTime"]]
        else:
            listed = [_bust(time) for time in (1_000, 1_500)] if fields["execType"] == "BustTrade" else []
        return {"result": {"list": listed, "nextPageCursor": ""}}


def _bust(time: int) -> dict[str, Any]:
    traded = {"execQty": "1", "execPrice": "60000", "execFee": "1", "feeCurrency": "USDT", "side": "Buy"}
    return {**traded, "execId": str(time), "execTime": str(time), "symbol": "BTCUSDT"}


def test_what_a_liquidation_on_bybit_took_beside_its_executions_counts_once() -> None:
    gateway: Any = BybitLog({"privateGetV5ExecutionList": "", "privateGetV5AccountTransactionLog": ""})
    events = BybitEvents(gateway, spec_for("bybit"), [_instrument("bybit", "BTCUSDT")], lambda: 2_000)
    reports: list[Any] = list(events.settlements_since(0))
    assert [len(report.fills) for report in reports] == [1, 1]
    assert sum(report.to_insurance for report in reports) == 7


@pytest.mark.parametrize(("recent", "archived"), [(2, 0), (0, 2), (1, 2)])
def test_executions_on_okx_are_those_of_three_days_or_where_some_are_missing_the_archive(
    recent: int, archived: int
) -> None:
    instrument = _instrument("okx", "BTCUSDT", "spot")
    (trade,) = documented("okx", "fills")["data"]
    trades = [trade | {"tradeId": str(number), "billId": str(number)} for number in range(2)]
    gateway = _gateway(
        privateGetTradeFills={"data": trades[:recent]}, privateGetTradeFillsHistory={"data": trades[:archived]}
    )
    desk = OkxOrders(gateway, Contracts(gateway.exchange, [instrument]), [instrument])
    order: Any = SimpleNamespace(instrument=instrument, venue_order_id="1", filled=2 * Decimal(trade["fillSz"]))
    assert len(desk.fills(order)) == 2


@pytest.mark.parametrize(("days", "recent", "archived"), [(1, 2, 0), (5, 1, 2), (5, 0, 2), (5, 2, 0)])
def test_trades_on_okx_of_the_last_days_are_listed_though_the_archive_lags(
    days: int, recent: int, archived: int
) -> None:
    instrument = _instrument("okx", "BTCUSDT")
    trades = _okx_trades("1", "1")
    gateway = _gateway(
        privateGetTradeFills={"data": trades[:recent]}, privateGetTradeFillsHistory={"data": trades[:archived]}
    )
    gateway.exchange.market = lambda symbol: {"info": {"ctVal": "1", "ctMult": "1"}}
    events = OkxEvents(gateway, Contracts(gateway.exchange, [instrument]), spec_for("okx"), lambda: days * 86_400_000)
    found = events.trades_since(instrument, 0)
    assert [trade.fill.trade_id for trade in found] == ["BTC-USDT-SWAP.1", "BTC-USDT-SWAP.2"]


@pytest.mark.parametrize(("recent", "archived"), [(2, 0), (2, 1), (0, 2), (1, 2)])
def test_a_liquidation_on_okx_is_told_with_all_its_executions_though_the_archive_lags(
    recent: int, archived: int
) -> None:
    instrument = _instrument("okx", "BTCUSDT")
    trades = _okx_trades("1", "2")
    order = {"ordId": "1", "instId": "BTC-USDT-SWAP", "category": "full_liquidation", "uTime": "7", "accFillSz": "3"}
    gateway = _gateway(
        privateGetTradeFills={"data": trades[:recent]},
        privateGetTradeFillsHistory={"data": trades[:archived]},
        privateGetTradeOrdersHistory={"data": [order]},
        privateGetAccountBillsArchive={"data": []},
    )
    gateway.exchange.market = lambda symbol: {"info": {"ctVal": "1", "ctMult": "1"}}
    events = OkxEvents(gateway, Contracts(gateway.exchange, [instrument]), spec_for("okx"), lambda: 0)
    (report,) = events.settlements_since(0)
    assert isinstance(report, LiquidationReport)
    assert [fill.trade_id for fill in report.fills] == ["BTC-USDT-SWAP.1", "BTC-USDT-SWAP.2"]


def _okx_trades(*sizes: str) -> list[dict[str, Any]]:
    """Executions of a perpetual, numbered from 1 and listed newest first."""
    (trade,) = documented("okx", "fills")["data"]
    numbered = enumerate(sizes, 1)
    listed = [{"tradeId": str(n), "billId": str(n), "instId": "BTC-USDT-SWAP", "fillSz": size} for n, size in numbered]
    return [trade | fields for fields in reversed(listed)]


@pytest.mark.parametrize(
    ("trade_type", "side", "fee", "named", "asset"),
    [
        ("perp", "Buy", "1", "", "USDT"),
        ("perp", "Sell", "-1", "", "USDT"),
        ("spot", "Buy", "0.001", "", "BTC"),
        ("spot", "Sell", "1", "", "USDT"),
        ("spot", "Buy", "-1", "", "USDT"),
        ("spot", "Sell", "-0.001", "", "BTC"),
        ("spot", "Buy", "0.001", "BTC", "BTC"),
        ("spot", "Buy", "2", "MNT", "MNT"),
    ],
)
def test_a_fee_on_bybit_is_in_what_the_venue_says_or_its_rules_do(
    trade_type: str, side: str, fee: str, named: str, asset: str
) -> None:
    trade = _bust(1) | {"side": side, "execFee": fee, "feeCurrency": named}
    fill = read_fill(_instrument("bybit", "BTCUSDT", trade_type), trade)
    assert (fill.fee, fill.fee_asset) == (Decimal(fee), asset)


def test_an_execution_on_bybit_that_two_pages_list_counts_once() -> None:
    first, second = (_bust(number) | {"execType": "Trade"} for number in (1, 2))
    pages = [{"list": [second, first], "nextPageCursor": "x"}, {"list": [first], "nextPageCursor": ""}]
    gateway = _gateway(privateGetV5ExecutionList="")
    gateway.ask = lambda call, fields: {"result": pages[bool(fields.get("cursor"))]}
    order: Any = SimpleNamespace(instrument=_instrument("bybit", "BTCUSDT"), venue_order_id="1")
    fills = BybitOrders(gateway, []).fills(order)
    assert [fill.trade_id for fill in fills] == ["1", "2"]


def test_an_order_on_binance_is_known_by_its_own_id_after_a_cancellation_with_another() -> None:
    body = {"symbol": "BTCUSDT", "orderId": 1, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"} | {
        "price": "60000",
        "origQty": "1",
        "executedQty": "0",
    }
    orders = {
        ID: body | {"clientOrderId": "drawn-for-the-cancellation", "status": "CANCELED"},
        f"{ID}-1": body | {"clientOrderId": f"{ID}-1", "status": "NEW"},
    }
    gateway = _gateway(privateGetOrder="", privateGetMyTrades="")
    gateway.look_up = lambda call, fields: orders.get(fields["origClientOrderId"])
    instrument = _instrument("binance", "BTCUSDT", "spot")
    order = BinanceOrders(gateway, gateway, [instrument]).find(instrument, ID)
    assert order is not None and (order.wire_id, order.generation) == (ID, 1)


class HyperliquidOrder(Gateway):
    """Knows one order, by its state and what is left of it, and executions of it."""

    def __init__(self, status: str, size: str, left: str, executed: list[str], tif: str) -> None:
        super().__init__({"publicPostInfo": ""})
        order = {"coin": "BTC", "side": "B", "limitPx": "60000", "oid": 7, "origSz": size, "sz": left, "tif": tif}
        self.order = {"status": "order", "order": {"order": order, "status": status}}
        self.trades = [
            {"coin": "BTC", "px": "60000", "sz": sz, "side": "B", "oid": 7, "tid": number, "cloid": f"0x{ID}"}
            | {"fee": "1", "feeToken": "USDC"}
            for number, sz in enumerate(executed)
        ]

    def ask(self, call: str, *arguments: Any) -> Any:
        return self.order if arguments[0]["type"] == "orderStatus" else self.trades

    look_up = ask


ID = "ab" * 16


@pytest.mark.parametrize(
    ("status", "left", "executed", "tif", "filled", "ours"),
    [
        ("open", "1", [], "Gtc", "0", OrderStatus.NEW),
        ("open", "1", ["0.4"], "Gtc", "0.4", OrderStatus.PARTIALLY_FILLED),
        ("open", "0.6", ["0.4"], "Gtc", "0.4", OrderStatus.PARTIALLY_FILLED),
        ("open", "0.6", [], "Gtc", "0.4", OrderStatus.NEW),
        ("filled", "0.0", ["0.4", "0.6"], "Gtc", "1", OrderStatus.FILLED),
        ("filled", "1", ["0.4", "0.6"], "Ioc", "1", OrderStatus.FILLED),
        ("filled", "1", ["0.4"], "Ioc", "1", OrderStatus.FILLED),
        ("canceled", "1", [], "Gtc", "0", OrderStatus.CANCELED),
        ("canceled", "0.6", ["0.4"], "Gtc", "0.4", OrderStatus.CANCELED),
        ("canceled", "0.6", ["0.4"], "Ioc", "0.4", OrderStatus.EXPIRED),
        ("iocCancelRejected", "1", [], "Ioc", "0", OrderStatus.EXPIRED),
        ("perpMarginRejected", "1", [], "Gtc", "0", OrderStatus.REJECTED),
    ],
)
def test_an_order_on_hyperliquid_is_as_large_as_it_was_whatever_is_told_to_be_left_of_it(
    status: str, left: str, executed: list[str], tif: str, filled: str, ours: OrderStatus
) -> None:
    gateway: Any = HyperliquidOrder(status, "1", left, executed, tif)
    coins: Any = SimpleNamespace(coin=lambda instrument: "BTC")
    instrument = _instrument("hyperliquid", "BTC")
    order = HyperliquidOrders(gateway, coins, "0x1", [instrument], lambda: 0).find(instrument, ID)
    assert order is not None
    assert (order.quantity, order.filled, order.status) == (1, Decimal(filled), ours)
    listed = sum((abs(fill.quantity) for fill in order.fills or ()), Decimal(0))
    assert is_complete(order, order.fills or ()) == (listed == order.filled)
