"""The wallet's endpoints, ``/sapi/v1``: coins, fees, transfers, withdrawals and deposits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.addresses import deposit_address
from basis_strategy_v1.sandbox.binance.errors import BinanceError
from basis_strategy_v1.sandbox.binance.formats import between, places, plain
from basis_strategy_v1.sandbox.binance.history import DAY_MS, HOUR_MS, WEEK_MS
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes, names
from basis_strategy_v1.sandbox.records import Refusal, TransferRecord, WithdrawalRecord

TRANSFER_TYPES = {"MAIN_UMFUTURE": (False, True), "UMFUTURE_MAIN": (True, False)}
"""Whether each end is the futures wallet."""
QUARTER_MS = 90 * DAY_MS
BELOW_LEAST = (-4028, "The amount of withdrawal must be greater than the Commission.")
ASSET_PLACES = 8
CLOSED_WORDS = "Current asset is not open for withdrawal."
_HISTORY = names("coin status startTime endTime limit offset")


class Wallet:
    """Answers requests about money that moves without a trade."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._account = context.account
        spec = context.account.spec
        self._spot, self._margin = spec.spot_location, spec.margin_location
        self._fees = spec.withdrawal_fees

    def routes(self) -> Routes:
        """The endpoints."""
        transfer = names("type asset amount fromSymbol toSymbol")
        withdraw = names("coin network address addressTag amount transactionFeeFlag name walletType withdrawOrderId")
        return {
            "GET /sapi/v1/system/status": Route(self.status, "none"),
            "GET /sapi/v1/capital/config/getall": Route(self.coins, "signed", weight=10),
            "GET /sapi/v1/asset/tradeFee": Route(self.trade_fee, "signed", names("symbol")),
            "GET /sapi/v1/margin/allPairs": Route(self.nothing, "key", is_strict=False),
            "GET /sapi/v1/margin/isolated/allPairs": Route(self.nothing, "signed", is_strict=False),
            "GET /sapi/v1/account/apiRestrictions": Route(self.restrictions, "signed"),
            "POST /sapi/v1/asset/transfer": Route(self.transfer, "signed", transfer, is_strict=False),
            "GET /sapi/v1/asset/transfer": Route(
                self.transfers, "signed", transfer | names("startTime endTime current size"), is_strict=False
            ),
            "POST /sapi/v1/capital/withdraw/apply": Route(self.withdraw, "signed", withdraw, is_strict=False),
            "GET /sapi/v1/capital/withdraw/history": Route(
                self.withdrawals, "signed", _HISTORY | names("withdrawOrderId idList"), is_strict=False
            ),
            "GET /sapi/v1/capital/deposit/address": Route(
                self.deposit_address, "signed", names("coin network amount"), is_strict=False
            ),
            "GET /sapi/v1/capital/deposit/hisrec": Route(
                self.deposits, "signed", _HISTORY | names("txId includeSource"), is_strict=False
            ),
        }

    def status(self, parameters: Parameters) -> Any:
        """Whether the venue is open."""
        return {"status": 0, "msg": "normal"}

    def nothing(self, parameters: Parameters) -> Any:
        """No margin pairs."""
        return []

    def restrictions(self, parameters: Parameters) -> Any:
        """What the key may do."""
        return {
            "ipRestrict": False,
            "createTime": 0,
            "enableReading": True,
            "enableSpotAndMarginTrading": True,
            "enableWithdrawals": True,
            "enableInternalTransfer": True,
            "enableMargin": False,
            "enableFutures": True,
            "permitsUniversalTransfer": True,
            "enableVanillaOptions": False,
            "enableFixApiTrade": False,
            "enableFixReadOnly": False,
            "enablePortfolioMarginTrading": False,
        }

    def coins(self, parameters: Parameters) -> Any:
        """Every coin with its balance and its one network."""
        held = self._account.balances(self._spot)
        return [
            {
                "coin": coin,
                "depositAllEnable": self._account.money.deposits_open,
                "free": plain(held[coin].free if coin in held else ZERO),
                "freeze": "0",
                "ipoable": "0",
                "ipoing": "0",
                "isLegalMoney": False,
                "locked": plain(held[coin].locked if coin in held else ZERO),
                "name": coin,
                "networkList": [self._network(coin)],
                "storage": "0",
                "trading": True,
                "withdrawAllEnable": self._account.money.withdrawals_mode == "open",
                "withdrawing": "0",
            }
            for coin in self._coin_names()
        ]

    def trade_fee(self, parameters: Parameters) -> Any:
        """Maker and taker commission by instrument."""
        entries = []
        for instrument in self._context.instruments(parameters, "spot"):
            maker, taker = self._account.fee_rates(instrument.symbol, "spot")
            entries.append(
                {"symbol": instrument.symbol, "makerCommission": plain(maker), "takerCommission": plain(taker)}
            )
        return entries

    def transfer(self, parameters: Parameters) -> Any:
        """Move between the spot and the futures wallet."""
        ends = self._ends(parameters)
        amount = _amount(parameters)
        done = self._account.transfer(ends[0], ends[1], parameters.need("asset"), amount)
        if isinstance(done, Refusal):
            raise BinanceError(-5013, "Asset transfer failed: insufficient balance")
        return {"tranId": done.transfer_id}

    def transfers(self, parameters: Parameters) -> Any:
        """Past transfers of one direction, latest first, by pages."""
        ends = self._ends(parameters)
        size, page = min(parameters.integer("size") or 10, 100), parameters.integer("current") or 1
        start, end = parameters.integer("startTime"), parameters.integer("endTime")
        if start is None and end is None:
            start = self._context.clock.now_ms() - WEEK_MS
        matching = [
            record for record in self._account.transfers() if (record.from_location, record.to_location) == ends
        ]
        found = between(matching, start, end, len(matching))[::-1]
        rows = [_transfer_entry(record, parameters.need("type")) for record in found[(page - 1) * size : page * size]]
        return {"total": len(found), "rows": rows}

    def withdraw(self, parameters: Parameters) -> Any:
        """Send a coin to an address. The amount is what leaves the wallet; the fee is taken out of it.

        ``withdrawOrderId`` finds a withdrawal again; no rule of the venue keeps it from being used twice.
        """
        coin, address = parameters.need("coin"), parameters.need("address")
        amount = _amount(parameters)
        client_id = parameters.text("withdrawOrderId") or ""
        if coin not in self._coin_names():
            raise BinanceError(-4018, "We don't have this asset.")
        if parameters.text("network") not in (None, network_of(coin)):
            raise BinanceError(-4019, CLOSED_WORDS)
        if amount < _least(self._fees.get(coin, ZERO)):
            raise BinanceError(*BELOW_LEAST)
        done = self._account.withdraw(
            self._spot,
            coin,
            amount,
            address,
            network=network_of(coin),
            tag=parameters.text("addressTag") or "",
            client_id=client_id,
        )
        if isinstance(done, Refusal):
            raise _withdrawal_refused(done)
        return {"id": _withdrawal_id(done)}

    def withdrawals(self, parameters: Parameters) -> Any:
        """Past withdrawals, latest first. By an id it is those of a week: the last one, unless another is named."""
        wanted, coin = parameters.text("withdrawOrderId"), parameters.text("coin")
        longest = QUARTER_MS if wanted is None else WEEK_MS
        entries = [
            _withdrawal_entry(record)
            for record in self._in_time(self._account.withdrawals(), parameters, longest)
            if coin in (None, record.asset) and wanted in (None, record.client_id)
        ]
        return _page(entries, parameters)

    def deposit_address(self, parameters: Parameters) -> Any:
        """Where a coin can be sent to."""
        address = deposit_address(self._account.spec.venue)
        return {"address": address, "coin": parameters.need("coin"), "tag": "", "url": ""}

    def deposits(self, parameters: Parameters) -> Any:
        """Past deposits, latest first."""
        coin = parameters.text("coin")
        entries = [
            {
                "id": str(record.deposit_id),
                "amount": plain(record.amount),
                "coin": record.asset,
                "network": network_of(record.asset),
                "status": 1,
                "address": deposit_address(self._account.spec.venue),
                "addressTag": "",
                "txId": record.transaction_hash,
                "insertTime": record.time_ms,
                "completeTime": record.time_ms,
                "transferType": 0,
                "confirmTimes": "12/12",
                "unlockConfirm": 12,
                "walletType": 0,
                "travelRuleStatus": 0,
            }
            for record in self._in_time(self._account.deposits(), parameters, QUARTER_MS)
            if coin in (None, record.asset)
        ]
        return _page(entries, parameters)

    def _in_time(self, records: list[Any], parameters: Parameters, longest_ms: int) -> list[Any]:
        """Those from ``startTime`` (else as far back as may be asked for) to ``endTime`` (else now)."""
        end = parameters.integer("endTime")
        end = self._context.clock.now_ms() if end is None else end
        start = parameters.integer("startTime")
        start = end - longest_ms + 1 if start is None else start
        if end - start >= longest_ms:
            raise BinanceError(-1127, f"More than {longest_ms // HOUR_MS} hours between startTime and endTime.")
        return [record for record in records if start <= record.time_ms <= end]

    def _ends(self, parameters: Parameters) -> tuple[str, str]:
        ends = TRANSFER_TYPES.get(parameters.need("type"))
        if ends is None:
            raise BinanceError(-9000, "This transfer type is not supported.")
        return self._margin if ends[0] else self._spot, self._margin if ends[1] else self._spot

    def _coin_names(self) -> list[str]:
        named = dict.fromkeys(self._fees)
        for instrument in self._context.market_view.instruments():
            named.update({instrument.base: None, instrument.quote: None})
        return list(named)

    def _network(self, coin: str) -> dict[str, Any]:
        fee = self._fees.get(coin, ZERO)
        return {
            "network": network_of(coin),
            "coin": coin,
            "withdrawIntegerMultiple": "0.00000001",
            "isDefault": True,
            "depositEnable": self._account.money.deposits_open,
            "withdrawEnable": self._account.money.withdrawals_mode == "open",
            "depositDesc": "",
            "withdrawDesc": "",
            "specialTips": "",
            "specialWithdrawTips": "",
            "name": "Ethereum (ERC20)",
            "resetAddressStatus": False,
            "addressRegex": "^(0x)[0-9A-Fa-f]{40}$",
            "memoRegex": "",
            "withdrawFee": plain(fee),
            "withdrawMin": plain(_least(fee)),
            "withdrawMax": "10000000",
            "withdrawInternalMin": "0",
            "depositDust": "0",
            "minConfirm": 6,
            "unLockConfirm": 64,
            "sameAddress": False,
            "withdrawTag": self._account.money.tags_needed,
            "estimatedArrivalTime": 15,
            "busy": False,
            "contractAddressUrl": "",
            "contractAddress": "",
        }


def _amount(parameters: Parameters) -> Decimal:
    amount = parameters.need_decimal("amount")
    if places(amount) > ASSET_PLACES:
        raise BinanceError(-1111, "Precision is over the maximum defined for this asset.")
    return amount


def _least(fee: Decimal) -> Decimal:
    """The smallest amount that is sent."""
    return fee * 2


def _page(entries: list[dict[str, Any]], parameters: Parameters) -> list[dict[str, Any]]:
    """The entries of the status asked for, latest first, as many as asked for."""
    status, first = parameters.integer("status"), parameters.integer("offset") or 0
    found = [entry for entry in reversed(entries) if status in (None, entry["status"])]
    return found[first : first + parameters.limit(1000, 1000)]


def network_of(coin: str) -> str:
    """The network a coin moves on here."""
    return "BTC" if coin == "BTC" else "ETH"


def _transfer_entry(record: TransferRecord, kind: str) -> dict[str, Any]:
    return {
        "asset": record.asset,
        "amount": plain(record.amount),
        "type": kind,
        "status": "CONFIRMED",
        "tranId": record.transfer_id,
        "timestamp": record.time_ms,
    }


def _withdrawal_id(record: WithdrawalRecord) -> str:
    return f"{record.withdrawal_id:032x}"


def _withdrawal_entry(record: WithdrawalRecord) -> dict[str, Any]:
    entry = {
        "id": _withdrawal_id(record),
        "amount": plain(record.received),
        "transactionFee": plain(record.fee),
        "coin": record.asset,
        "status": {"held": 2, "sent": 4, "completed": 6, "failed": 5}[record.status],
        "address": record.address,
        "addressTag": record.tag,
        "txId": record.transaction_hash if record.has_left else "",
        "applyTime": _text_time(record.time_ms),
        "network": record.network,
        "transferType": 0,
        "withdrawOrderId": record.client_id,
        "info": "",
        "confirmNo": 12 if record.status == "completed" else 0,
        "walletType": 0,
        "txKey": "",
    }
    if record.status == "completed":
        entry["completeTime"] = _text_time(record.completed_ms)
    return entry


def _text_time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _withdrawal_refused(refused: Refusal) -> BinanceError:
    table: dict[str, tuple[int, str]] = {
        "insufficient_balance": (-4026, "You have insufficient balance."),
        "insufficient_margin": (-4026, "You have insufficient balance."),
        "below_fee": BELOW_LEAST,
        "withdrawals_suspended": (-4019, CLOSED_WORDS),
    }
    return BinanceError(*table.get(refused.kind, (-4032, "Withdraw verification exception.")))
