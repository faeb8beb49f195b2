"""Answers from the vendors' own documentation, read by the live backend's dialects."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.backends.live.dialects.binance import assembly as binance_assembly
from basis_strategy_v1.backends.live.dialects.binance import orders as binance_orders
from basis_strategy_v1.backends.live.dialects.binance.account import BinanceAccount
from basis_strategy_v1.backends.live.dialects.binance.events import BinanceEvents
from basis_strategy_v1.backends.live.dialects.bybit import assembly as bybit_assembly
from basis_strategy_v1.backends.live.dialects.bybit import orders as bybit_orders
from basis_strategy_v1.backends.live.dialects.bybit.account import BybitAccount
from basis_strategy_v1.backends.live.dialects.bybit.events import BybitEvents
from basis_strategy_v1.backends.live.dialects.bybit.transfers import BybitTransfers
from basis_strategy_v1.backends.live.dialects.hyperliquid import assembly as hyperliquid_assembly
from basis_strategy_v1.backends.live.dialects.hyperliquid import orders as hyperliquid_orders
from basis_strategy_v1.backends.live.dialects.hyperliquid.account import HyperliquidAccount
from basis_strategy_v1.backends.live.dialects.hyperliquid.events import HyperliquidEvents
from basis_strategy_v1.backends.live.dialects.okx import assembly as okx_assembly
from basis_strategy_v1.backends.live.dialects.okx.account import OkxAccount
from basis_strategy_v1.backends.live.dialects.okx.events import OkxEvents
from basis_strategy_v1.backends.live.dialects.okx.instruments import Contracts
from basis_strategy_v1.backends.live.dialects.okx.orders import OkxOrders
from basis_strategy_v1.backends.live.dialects.venue_records import MarginSetting
from basis_strategy_v1.backends.live.transport import Traffic
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderStatus, PerpPosition, TransferRequest
from basis_strategy_v1.venues.registry import spec_for
from vendor_answers import FOLDER, Answers, Gateway, documented

MS = 1_000_000


def _instrument(
    venue: str, symbol: str, trade_type: Any = "perp", base: str = "BTC", quote: str = "USDT"
) -> Instrument:
    return Instrument(
        venue=venue,
        symbol=symbol,
        trade_type=trade_type,
        base=base,
        quote=quote,
        tick=Decimal("0.1"),
        step=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        min_notional=Decimal(5),
    )


def _gateway(**answers: Any) -> Any:
    return Gateway(answers)


def _error(read: Any, answer: Any, status: int = 200) -> Any:
    return read(Traffic("POST", "https://venue.example", status, json.dumps(answer)))


def test_binance_spot_orders() -> None:
    instrument = _instrument("binance", "BTCUSDT", "spot")
    order = binance_orders.read_order(instrument, documented("binance", "spot_order_full"))
    assert (order.side, order.order_type, order.status) == ("sell", "market", OrderStatus.FILLED)
    assert (order.quantity, order.filled, order.venue_order_id) == (10, 10, "28")
    resting = binance_orders.read_order(instrument, documented("binance", "spot_order_query"))
    assert (resting.wire_id, resting.status, resting.price) == ("myOrder1", OrderStatus.NEW, Decimal("0.1"))


def test_binance_futures() -> None:
    instrument = _instrument("binance", "BTCUSDT")
    (trade,) = documented("binance", "usdm_user_trades")
    fill = binance_orders.read_fill(instrument, "sell", trade["id"], trade)
    assert (fill.quantity, fill.price, fill.fee_asset) == (Decimal("-0.002"), Decimal("7819.01"), "USDT")
    assert fill.trade_id == "perp.BTCUSDT.698759"
    gateway = _gateway(fapiPrivateGetIncome=documented("binance", "usdm_income"))
    events = BinanceEvents(gateway, gateway, spec_for("binance"), [instrument], lambda: 0)
    assert not events.settlements_since(0)


def test_binance_wallet() -> None:
    gateway = _gateway(
        sapiGetCapitalDepositHisrec=documented("binance", "wallet_deposits"),
        privateGetAccount={"canTrade": True},
        sapiGetAccountApiRestrictions=documented("binance", "wallet_api_restrictions"),
    )
    (deposit,) = BinanceEvents(gateway, gateway, spec_for("binance"), [], lambda: 0).deposits_since(0)
    assert (deposit.token, deposit.amount, deposit.timestamp) == ("BNB", Decimal("0.001"), 1661493146000 * MS)
    rights = BinanceAccount(gateway, gateway, spec_for("binance")).permissions()
    assert (rights.trade, rights.withdraw) == (False, False)


def _perpetual(venue: str, symbol: str) -> Instrument:
    found = spec_for(venue).instrument(symbol, "perp")
    assert found is not None
    return found


def _margin(symbol: str, leverage: int, mode: str = "cross") -> MarginSetting:
    return MarginSetting(symbol=symbol, mode=mode, leverage=Decimal(leverage), one_way=True)


def test_how_accounts_are_margined() -> None:
    perpetual = _perpetual("binance", "BTCUSDT")
    gateway = _gateway(
        fapiPrivateGetPositionSideDual={"dualSidePosition": False},
        fapiPrivateGetMultiAssetsMargin={"multiAssetsMargin": False},
        fapiPrivateGetSymbolConfig=[{"symbol": "BTCUSDT", "marginType": "CROSSED", "leverage": 21}],
    )
    binance = BinanceAccount(gateway, gateway, spec_for("binance"))
    assert binance.margin_settings([perpetual]) == (_margin("BTCUSDT", 21),)
    gateway = _gateway(
        privateGetV5AccountInfo=documented("bybit", "account"),
        privateGetV5PositionList=documented("bybit", "positions"),
    )
    bybit = BybitAccount(gateway, spec_for("bybit"))
    assert bybit.margin_settings([_perpetual("bybit", "BTCUSDT")]) == (_margin("BTCUSDT", 10),)
    gateway, contracts, _ = _okx()
    gateway.answers["privateGetAccountLeverageInfo"] = documented("okx", "leverage")
    gateway.exchange.privateGetAccountLeverageInfo = "privateGetAccountLeverageInfo"
    okx = OkxAccount(gateway, contracts, spec_for("okx"))
    assert okx.margin_settings([_perpetual("okx", "BTCUSDT")]) == (_margin("BTCUSDT", 5),)
    asset = {"coin": "BTC", "leverage": {"type": "cross", "value": 20}}
    info: Any = Info({"userAbstraction": '"default"', "activeAssetData": asset})
    hyperliquid = HyperliquidAccount(info, spec_for("hyperliquid"), "0x1")
    assert hyperliquid.margin_settings([_perpetual("hyperliquid", "BTC")]) == (_margin("BTC", 20),)


def test_binance_refusals() -> None:
    half_done = documented("binance", "spot_cancel_replace_half_done")
    assert _error(binance_assembly.read_error, half_done)[0] == "-2021"
    assert _error(binance_assembly.read_error, documented("binance", "spot_invalid_symbol"))[0] == "-1121"


def test_bybit_orders_and_executions() -> None:
    instrument = _instrument("bybit", "ETHUSDT", base="ETH")
    (listed,) = documented("bybit", "open_order")["result"]["list"]
    order = bybit_orders.read_order(instrument, listed)
    assert (order.status, order.price, order.quantity, order.killed_for) == (OrderStatus.NEW, 1600, Decimal("0.1"), "")
    (listed,) = documented("bybit", "post_only_cancelled")["result"]["list"]
    killed = bybit_orders.read_order(instrument, listed)
    assert killed.post_only and killed.killed_for == "EC_PostOnlyWillTakeLiquidity"
    (trade,) = documented("bybit", "executions")["result"]["list"]
    fill = bybit_orders.read_fill(instrument, trade)
    assert (fill.quantity, fill.price, fill.fee, fill.fee_asset) == (
        Decimal("0.1"),
        Decimal("1190.15"),
        Decimal("0.071409"),
        "USDT",
    )


def test_bybit_account() -> None:
    gateway = _gateway(
        privateGetV5AccountWalletBalance=documented("bybit", "wallet"),
        privateGetV5PositionList=documented("bybit", "positions"),
        privateGetV5UserQueryApi=documented("bybit", "key"),
    )
    account = BybitAccount(gateway, spec_for("bybit"))
    (report,) = account.observe()
    assert report.positions["BTCUSD"].quantity == -300
    rights = account.permissions()
    assert (rights.trade, rights.withdraw) == (True, False)


def test_bybit_money() -> None:
    pages = [documented("bybit", "deposits"), {"result": {"rows": [], "nextPageCursor": ""}}]
    gateway = _gateway(
        privateGetV5AssetDepositQueryRecord=Answers(pages),
        privateGetV5AssetWithdrawQueryRecord=documented("bybit", "withdrawals"),
    )
    (deposit,) = BybitEvents(gateway, spec_for("bybit"), [], lambda: 0).deposits_since(0)
    assert (deposit.token, deposit.amount, deposit.timestamp) == ("USDT", 10_000, 1672134274000 * MS)
    request = TransferRequest(
        client_transfer_id="t",
        from_location="bybit",
        to_location="wallet",
        token="USDT",
        amount=Decimal(87),
        address="0x99ced129603abc771c0dabe935c326ff6c86645d",
    )
    (found,) = BybitTransfers(gateway, lambda: 0).find_transfers(request, "t", 1670922217000)
    assert (found.venue_transfer_id, found.fee, found.state) == ("9976", 10, "pending")
    assert _error(bybit_assembly.read_error, documented("bybit", "expired"))[0] == "10002"


def _okx() -> tuple[Any, Contracts, Instrument]:
    instrument = _instrument("okx", "BTCUSDT", "spot")
    gateway = _gateway(
        privateGetTradeOrder=documented("okx", "order"),
        privateGetTradeOrdersPending=documented("okx", "pending"),
        privateGetTradeFills=documented("okx", "fills"),
        privateGetTradeFillsHistory={"data": []},
        privateGetAccountBalance=documented("okx", "balance"),
        privateGetAssetBalances=documented("okx", "funding_balance"),
        privateGetAccountPositions=documented("okx", "positions"),
        privateGetAccountConfig=documented("okx", "config"),
        privateGetAssetDepositHistory=documented("okx", "deposits"),
    )
    return gateway, Contracts(gateway.exchange, [instrument]), instrument


def test_okx_orders_and_fills() -> None:
    gateway, contracts, instrument = _okx()
    desk = OkxOrders(gateway, contracts, [instrument])
    (pending,) = desk.open_orders()
    assert (pending.status, pending.price, pending.quantity) == (OrderStatus.NEW, 59_200, 1)
    assert pending.wire_id == "301835739059335168"
    order = desk.find(instrument, "")
    assert order is None or order.status is OrderStatus.FILLED
    (fill,) = desk.fills(pending)
    assert (fill.quantity, fill.fee, fill.fee_asset) == (Decimal("0.00192834"), Decimal("0.00000192834"), "BTC")
    assert _error(okx_assembly.read_error, documented("okx", "refused"))[0] == "51119"
    assert _error(okx_assembly.read_error, documented("okx", "expired"), 401)[0] == "50102"


def test_okx_account() -> None:
    gateway, contracts, _ = _okx()
    account = OkxAccount(gateway, contracts, spec_for("okx"))
    trading, funding = account.observe()
    assert trading.balances == {"USDT": Decimal("4850.435693622894")}
    assert trading.positions["ETH-USD-210430"].quantity == 1
    assert funding.balances == {"ETH": Decimal("37.11827078")}
    rights = account.permissions()
    assert (rights.trade, rights.withdraw) == (True, True)
    (deposit,) = OkxEvents(gateway, contracts, spec_for("okx"), lambda: 0).deposits_since(0)
    assert (deposit.location, deposit.amount, deposit.timestamp) == ("okx.funding", 1, 1674038705000 * MS)


class Coins:
    """Calls an instrument as the venue does."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument

    def coin(self, instrument: Instrument) -> str:
        return instrument.symbol

    def instrument(self, coin: str) -> Instrument | None:
        return self._instrument if coin == self._instrument.symbol else None


class Info(Gateway):
    """Answers questions by their type."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__({"publicPostInfo": answers})

    def ask(self, call: str, *arguments: Any) -> Any:
        return self.answers[call].get(arguments[0]["type"], [])

    look_up = ask


def test_hyperliquid_orders() -> None:
    instrument = _instrument("hyperliquid", "ETH", base="ETH", quote="USDC")
    gateway: Any = Info({"orderStatus": documented("hyperliquid", "order_status")})
    coins: Any = Coins(instrument)
    order = hyperliquid_orders.HyperliquidOrders(gateway, coins, "0x1", [instrument], lambda: 0).find(instrument, "ab")
    assert order is not None
    assert (order.status, order.side, order.quantity, order.filled) == (
        OrderStatus.FILLED,
        "sell",
        Decimal("0.0076"),
        Decimal("0.0076"),
    )
    read = hyperliquid_assembly.read_error
    assert _error(read, documented("hyperliquid", "order_unknown"))[0] == "unknownOid"
    assert "minimum value" in _error(read, documented("hyperliquid", "order_error"))[1]
    for name in ("order_resting", "order_filled", "cancel", "modify", "class_transfer", "withdraw"):
        assert _error(read, documented("hyperliquid", name)) is None


def test_hyperliquid_fills_and_funding() -> None:
    (trade,) = documented("hyperliquid", "fills")
    fill = hyperliquid_orders.read_fill(_instrument("hyperliquid", "AVAX", quote="USDC"), trade)
    assert (fill.quantity, fill.price, fill.fee, fill.fee_asset) == (
        Decimal("93.53"),
        Decimal("18.435"),
        Decimal("0.01"),
        "USDC",
    )
    gateway: Any = Info({"userFunding": documented("hyperliquid", "user_funding")})
    coins: Any = Coins(_instrument("hyperliquid", "ETH", base="ETH", quote="USDC"))
    (payment,) = HyperliquidEvents(gateway, coins, spec_for("hyperliquid"), "0x1").settlements_since(0)
    assert (payment.amount, payment.quantity, payment.rate) == (  # type: ignore[union-attr]
        Decimal("-3.625312"),
        Decimal("49.1477"),
        0.0000417,
    )


def test_hyperliquid_account_and_ledger() -> None:
    answers = {
        "clearinghouseState": documented("hyperliquid", "perpetuals"),
        "spotClearinghouseState": documented("hyperliquid", "spot_balances"),
    }
    gateway: Any = Info(answers)
    perpetuals, spot = HyperliquidAccount(gateway, spec_for("hyperliquid"), "0x1").observe()
    position = perpetuals.positions["ETH"]
    assert position == PerpPosition(Decimal("0.0335"), Decimal("100.04105"))
    assert perpetuals.balances["USDC"] - position.entry_cost == Decimal("13009.454678")
    assert spot.balances == {"USDC": Decimal("14.625485")}
    (received,) = documented("hyperliquid", "ledger_spot")
    for name, user, amount in (
        ("ledger_deposit", "0x1", Decimal("2703997.4500000002")),
        ("ledger_spot", received["delta"]["destination"].upper().replace("X", "x"), Decimal("10.5")),
        ("ledger_transfer", "0x1", None),
    ):
        ledger: Any = Info({"userNonFundingLedgerUpdates": documented("hyperliquid", name)})
        coins: Any = Coins(_instrument("hyperliquid", "ETH"))
        deposits = HyperliquidEvents(ledger, coins, spec_for("hyperliquid"), user).deposits_since(0)
        assert [deposit.amount for deposit in deposits] == ([] if amount is None else [amount])


@pytest.mark.parametrize("venue", ["binance", "bybit", "okx", "hyperliquid"])
def test_every_documented_answer_names_its_page(venue: str) -> None:
    assert all(item["source"].startswith("https://") for item in json.loads((FOLDER / f"{venue}.json").read_text()))
