"""OKX's funding account: currencies, balances, transfers, deposits, withdrawals."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.addresses import deposit_address
from basis_strategy_v1.sandbox.okx.errors import WireError, bad_parameter, empty_parameter, refusal
from basis_strategy_v1.sandbox.okx.numbers import number
from basis_strategy_v1.sandbox.okx.paging import page
from basis_strategy_v1.sandbox.okx.parameters import Parameters
from basis_strategy_v1.sandbox.records import DepositRecord, Refusal, TransferRecord, WithdrawalRecord

FUNDING, TRADING = "6", "18"
SMALLEST_AMOUNT = Decimal("1e-8")
"""What ``wdTickSz`` says."""

CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_ON_CHAIN = "4"
_WITHDRAWAL_STATE = {"held": "0", "sent": "1", "completed": "2", "failed": "-1"}
_CREDITED = "2"
_MASKED_SENDER = "sandbox"

Entries = list[dict[str, Any]]


class AssetEndpoints:
    """``asset/``."""

    def __init__(self, account: SandboxAccount) -> None:
        spec = account.spec
        self._account = account
        self._fees = spec.withdrawal_fees
        self._locations = {FUNDING: spec.deposit_location, TRADING: spec.margin_location}
        self._codes = {location: code for code, location in self._locations.items()}

    def currencies(self, parameters: Parameters) -> Entries:
        """``asset/currencies``."""
        wanted = [name for name in parameters.text("ccy").split(",") if name]
        money = self._account.money
        flags = {"canDep": money.deposits_open, "canWd": money.withdrawals_mode == "open", "needTag": money.tags_needed}
        listed = [name for name in self._fees if not wanted or name in wanted]
        return [{**_currency(name, number(self._fees[name])), **flags} for name in listed]

    def balances(self, parameters: Parameters) -> Entries:
        """``asset/balances``: the funding account."""
        wanted = [name for name in parameters.text("ccy").split(",") if name]
        held = self._account.balances(self._locations[FUNDING])
        return [
            {
                "availBal": number(item.free),
                "bal": number(item.total),
                "ccy": name,
                "frozenBal": number(item.locked),
            }
            for name, item in held.items()
            if not wanted or name in wanted
        ]

    def transfer(self, parameters: Parameters) -> Entries:
        """``asset/transfer`` between the funding and the trading account."""
        currency, amount = self._currency(parameters), _amount(parameters)
        source, target = parameters.required("from"), parameters.required("to")
        if parameters.text("type", "0") != "0" or source not in self._locations or target not in self._locations:
            raise bad_parameter("type" if parameters.text("type", "0") != "0" else "from")
        if source == target:
            raise WireError("58123", "The From parameter cannot be the same as the To parameter.")
        client_id = _client_id(parameters, [record.client_id for record in self._account.transfers()])
        done = self._account.transfer(self._locations[source], self._locations[target], currency, amount, client_id)
        if isinstance(done, Refusal):
            raise _money_refused(done)
        return [
            {
                "transId": str(done.transfer_id),
                "ccy": currency,
                "clientId": client_id,
                "from": source,
                "amt": number(amount),
                "to": target,
            }
        ]

    def transfer_state(self, parameters: Parameters) -> Entries:
        """``asset/transfer-state``: by ``transId``, else by ``clientId``."""
        number_text, client_id = parameters.text("transId"), parameters.text("clientId")
        if not number_text and not client_id:
            raise WireError("50015", "Either parameter transId or clientId is required.", 400)
        for record in self._account.transfers():
            if str(record.transfer_id) == number_text or (not number_text and record.client_id == client_id):
                return [self._transfer_entry(record)]
        name = "transId" if number_text else "clientId"
        raise WireError("58129", f"{name} is incorrect or {name} does not match with 'type'")

    def address(self, parameters: Parameters) -> Entries:
        """``asset/deposit-address``."""
        currency = self._currency(parameters)
        return [
            {
                "addr": deposit_address(self._account.spec.venue),
                "ccy": currency,
                "chain": chain_of(currency),
                "ctAddr": "",
                "selected": True,
                "to": FUNDING,
                "verifiedName": "",
            }
        ]

    def deposits(self, parameters: Parameters) -> Entries:
        """``asset/deposit-history``, newest first; paged by time."""
        wanted = parameters.text("ccy")
        found = [
            record
            for record in reversed(self._account.deposits())
            if wanted in ("", record.asset) and record.amount > 0
        ]
        chosen = page(found, parameters, lambda record: record.time_ms)
        return [_deposit(record, self._account.spec.venue) for record in chosen]

    def withdraw(self, parameters: Parameters) -> Entries:
        """``asset/withdrawal`` from the funding account: ``amt`` is what arrives, the fee comes on top."""
        currency, amount = self._currency(parameters), _amount(parameters)
        if parameters.required("dest") != _ON_CHAIN:
            raise bad_parameter("dest")
        address = parameters.required("toAddr")
        if parameters.text("chain", chain_of(currency)) != chain_of(currency):
            raise WireError("58010", f"Chain {parameters.text('chain')} isn't supported")
        fee = self._fees[currency]
        if amount < fee:
            raise refusal("below_fee", "")
        offered = parameters.decimal("fee") if parameters.text("fee", "0") != "0" else fee
        if offered is None or offered < fee:
            raise WireError("58211", f"Withdrawal fee is lower than the lower limit {number(fee)}")
        client_id = _client_id(parameters, [record.client_id for record in self._account.withdrawals()])
        plain, _, tag = address.partition(":")
        done = self._account.withdraw(
            self._locations[FUNDING],
            currency,
            amount + fee,
            plain,
            network=chain_of(currency),
            tag=tag,
            client_id=client_id,
        )
        if isinstance(done, Refusal):
            raise _money_refused(done)
        return [
            {
                "amt": number(amount),
                "wdId": str(done.withdrawal_id),
                "ccy": currency,
                "clientId": client_id,
                "chain": chain_of(currency),
            }
        ]

    def withdrawals(self, parameters: Parameters) -> Entries:
        """``asset/withdrawal-history``, newest first; paged by time."""
        wanted = {name: parameters.text(name) for name in ("ccy", "wdId", "clientId", "txId", "state")}
        found = [
            entry
            for entry in (_withdrawal(record) for record in reversed(self._account.withdrawals()))
            if all(value in ("", entry[name]) for name, value in wanted.items())
        ]
        return page(found, parameters, lambda entry: int(entry["ts"]))

    def _currency(self, parameters: Parameters) -> str:
        currency = parameters.required("ccy")
        if currency not in self._fees:
            raise WireError("51012", "Token doesn't exist.")
        return currency

    def _transfer_entry(self, record: TransferRecord) -> dict[str, Any]:
        return {
            "amt": number(record.amount),
            "ccy": record.asset,
            "clientId": record.client_id,
            "from": self._codes[record.from_location],
            "instId": "",
            "state": "success",
            "subAcct": "",
            "to": self._codes[record.to_location],
            "toInstId": "",
            "transId": str(record.transfer_id),
            "type": "0",
        }


def chain_of(currency: str) -> str:
    """The network a currency moves on here."""
    return "BTC-Bitcoin" if currency == "BTC" else f"{currency}-ERC20"


def _client_id(parameters: Parameters, used: list[str]) -> str:
    client_id = parameters.text("clientId")
    if client_id and not CLIENT_ID.fullmatch(client_id):
        raise bad_parameter("clientId")
    if client_id and client_id in used:
        raise WireError("50071", "clientId already exists")
    return client_id


def _amount(parameters: Parameters) -> Decimal:
    amount = parameters.decimal("amt")
    if amount is None:
        raise empty_parameter("amt")
    if amount % SMALLEST_AMOUNT:
        raise bad_parameter("amt")
    return amount


def _money_refused(refused: Refusal) -> WireError:
    if refused.kind in ("insufficient_balance", "insufficient_margin"):
        return WireError("58350", "Insufficient balance")
    return refusal(refused.kind, refused.reason)


def _currency(name: str, fee: str) -> dict[str, Any]:
    return {
        "burningFeeRate": "",
        "canInternal": True,
        "ccy": name,
        "chain": chain_of(name),
        "ctAddr": "",
        "depEstOpenTime": "",
        "depQuotaFixed": "",
        "depQuoteDailyLayer2": "",
        "fee": fee,
        "logoLink": "",
        "mainNet": True,
        "maxFee": fee,
        "maxFeeForCtAddr": fee,
        "maxWd": "10000000",
        "minDep": "0.00000001",
        "minDepArrivalConfirm": "1",
        "minFee": fee,
        "minFeeForCtAddr": fee,
        "minInternal": "0.00000001",
        "minWd": fee,
        "minWdUnlockConfirm": "3",
        "name": name,
        "usedDepQuotaFixed": "",
        "usedWdQuota": "0",
        "wdEstOpenTime": "",
        "wdQuota": "10000000",
        "wdTickSz": "8",
    }


def _withdrawal(record: WithdrawalRecord) -> dict[str, Any]:
    return {
        "addrEx": None,
        "amt": number(record.received),
        "areaCodeFrom": "",
        "areaCodeTo": "",
        "ccy": record.asset,
        "chain": chain_of(record.asset),
        "clientId": record.client_id,
        "fee": number(record.fee),
        "feeCcy": record.asset,
        "from": _MASKED_SENDER,
        "memo": "",
        "nonTradableAsset": False,
        "note": "",
        "pmtId": "",
        "state": _WITHDRAWAL_STATE[record.status],
        "tag": record.tag,
        "to": record.address,
        "toAddrType": "1",
        "ts": str(record.time_ms),
        "txId": record.transaction_hash if record.has_left else "",
        "wdId": str(record.withdrawal_id),
    }


def _deposit(record: DepositRecord, venue: str) -> dict[str, Any]:
    return {
        "actualDepBlkConfirm": "6",
        "amt": number(max(record.amount, ZERO)),
        "areaCodeFrom": "",
        "ccy": record.asset,
        "chain": chain_of(record.asset),
        "depId": str(record.deposit_id),
        "from": "",
        "fromWdId": "",
        "state": _CREDITED,
        "to": deposit_address(venue),
        "ts": str(record.time_ms),
        "txId": record.transaction_hash,
    }
