"""Bybit's coins, transfers, deposits and withdrawals.

Everything is held in the unified account: the funding account is empty and takes nothing.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.addresses import deposit_address
from basis_strategy_v1.sandbox.bybit.errors import WireError, bad_parameter
from basis_strategy_v1.sandbox.bybit.formats import number
from basis_strategy_v1.sandbox.bybit.instruments import chain_of, coin_entry
from basis_strategy_v1.sandbox.bybit.paging import MONTH_MS, page, time_range
from basis_strategy_v1.sandbox.bybit.parameters import Parameters
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.records import DepositRecord, Refusal, WithdrawalRecord

REQUEST_ID = re.compile(r"[A-Za-z0-9]{1,32}")
SMALLEST_AMOUNT = Decimal("1e-8")
"""What ``minAccuracy`` says."""

_WITHDRAWN_FROM = ("FUND", "UTA", "FUND,UTA", "SPOT")
_ACCOUNTS = ("UNIFIED", "FUND", "CONTRACT", "SPOT")
_WITHDRAWAL_STATUS = {"held": "SecurityCheck", "sent": "Pending", "completed": "success", "failed": "Fail"}
_DEPOSIT_SUCCEEDED = 3


class AssetEndpoints:
    """``/v5/asset/``."""

    def __init__(self, account: SandboxAccount, clock: VenueClock) -> None:
        self._account = account
        self._clock = clock
        self._transfer_ids: set[str] = set()

    def coins(self, parameters: Parameters) -> dict[str, Any]:
        """``coin/query-info``."""
        wanted = parameters.text("coin")
        fees, money = self._account.spec.withdrawal_fees, self._account.money
        is_open = (money.deposits_open, money.withdrawals_mode == "open")
        return {"rows": [coin_entry(coin, fee, *is_open) for coin, fee in fees.items() if wanted in ("", coin)]}

    def funding_balances(self, parameters: Parameters) -> dict[str, Any]:
        """``transfer/query-account-coins-balance``."""
        account_type = parameters.required("accountType")
        if account_type not in _ACCOUNTS:
            raise WireError(131203, "request parameter err")
        held = self._account.balances(self._account.spec.spot_location) if account_type == "UNIFIED" else {}
        coins = parameters.text("coin")
        return {
            "memberId": "24617703",
            "accountType": account_type,
            "balance": [
                {
                    "coin": coin,
                    "walletBalance": number(held[coin].total if coin in held else ZERO),
                    "transferBalance": number(held[coin].free if coin in held else ZERO),
                    "bonus": "",
                }
                for coin in coins.split(",") or held
                if coin
            ],
        }

    def transfer(self, parameters: Parameters) -> dict[str, Any]:
        """``transfer/inter-transfer``: only the unified account holds anything here."""
        transfer_id = parameters.required("transferId")
        source, target = parameters.required("fromAccountType"), parameters.required("toAccountType")
        self._known_coin(parameters.required("coin"), 131203)
        if parameters.decimal("amount") is None:
            raise WireError(131215, "amount error")
        if source not in _ACCOUNTS or target not in _ACCOUNTS:
            raise WireError(131203, "request parameter err")
        if source == target:
            raise WireError(131211, "fromAccountType can't be the same as toAccountType")
        if transfer_id in self._transfer_ids:
            raise WireError(131214, "transferId exist")
        self._transfer_ids.add(transfer_id)
        if source != "UNIFIED":
            raise WireError(131212, "Insufficient balance")
        raise WireError(131231, "Transfers into this account are not supported")

    def address(self, parameters: Parameters) -> dict[str, Any]:
        """``deposit/query-address``."""
        coin = parameters.required("coin")
        self._known_coin(coin, 10001)
        chain, chain_type = chain_of(coin)
        return {
            "coin": coin,
            "chains": [
                {
                    "chainType": chain_type,
                    "addressDeposit": deposit_address(self._account.spec.venue),
                    "tagDeposit": "",
                    "chain": chain,
                    "batchReleaseLimit": "-1",
                    "contractAddress": "",
                }
            ],
        }

    def deposits(self, parameters: Parameters) -> dict[str, Any]:
        """``deposit/query-record`` of thirty days at most, newest first."""
        coin = parameters.text("coin")
        start, end = time_range(parameters, self._clock.now_ms(), MONTH_MS)
        found = [
            record
            for record in reversed(self._account.deposits())
            if coin in ("", record.asset) and start <= record.time_ms <= end and record.amount > 0
        ]
        chosen, cursor = page(found, parameters, lambda record: str(record.deposit_id), 50, 50)
        return {"rows": [_deposit(record, self._account.spec.venue) for record in chosen], "nextPageCursor": cursor}

    def withdraw(self, parameters: Parameters) -> dict[str, Any]:
        """``withdraw/create``: ``amount`` is what arrives, the fee comes on top; ``feeType`` 1 takes it from it."""
        coin = parameters.required("coin")
        self._known_coin(coin, 131002)
        address, amount = parameters.required("address"), parameters.decimal("amount")
        if parameters.text("chain") != chain_of(coin)[0]:
            raise WireError(131002, "Withdraw address chain or destination tag are not equal")
        parameters.required("timestamp")
        request_id = parameters.text("requestId")
        self._check_request_id(request_id)
        account_type = parameters.required("accountType")
        if account_type not in _WITHDRAWN_FROM:
            raise bad_parameter("accountType invalid")
        if account_type == "FUND":
            raise WireError(131001, "the available balance is not sufficient to cover the handling fee")
        fee = self._account.spec.withdrawal_fees[coin]
        if amount is None or amount < fee or amount % SMALLEST_AMOUNT:
            raise WireError(131096, "Withdraw amount does not satisfy the lower limit or upper limit")
        total = amount if parameters.integer("feeType", 0, 0, 1) else amount + fee
        done = self._account.withdraw(
            self._account.spec.margin_location,
            coin,
            total,
            address,
            network=parameters.text("chain"),
            tag=parameters.text("tag"),
            client_id=request_id,
        )
        if isinstance(done, Refusal):
            raise _withdrawal_refused(done)
        return {"id": str(done.withdrawal_id)}

    def withdrawals(self, parameters: Parameters) -> dict[str, Any]:
        """``withdraw/query-record`` of thirty days at most, newest first; by its id one of any time.

        A record does not show the ``requestId``.
        """
        coin, number_text = parameters.text("coin"), parameters.text("withdrawID")
        start, end = time_range(parameters, self._clock.now_ms(), MONTH_MS)
        start, end = (0, self._clock.now_ms()) if number_text else (start, end)
        found = [
            record
            for record in reversed(self._account.withdrawals())
            if coin in ("", record.asset)
            and number_text in ("", str(record.withdrawal_id))
            and start <= record.time_ms <= end
        ]
        chosen, cursor = page(found, parameters, lambda record: str(record.withdrawal_id), 50, 50)
        return {"rows": [_withdrawal(record) for record in chosen], "nextPageCursor": cursor}

    def _check_request_id(self, request_id: str) -> None:
        if not request_id:
            return
        if not REQUEST_ID.fullmatch(request_id):
            raise bad_parameter("requestId invalid")
        if any(record.client_id == request_id for record in self._account.withdrawals()):
            raise WireError(10014, "Request is duplicate")

    def _known_coin(self, coin: str, code: int) -> None:
        if coin not in self._account.spec.withdrawal_fees:
            raise WireError(code, f"coin {coin} is not supported")


def _withdrawal_refused(refused: Refusal) -> WireError:
    if refused.kind == "withdrawals_suspended":
        return WireError(131097, "Withdrawal of this currency has been closed")
    if refused.kind in ("insufficient_balance", "insufficient_margin"):
        return WireError(131085, "Withdrawal amount is greater than your available balance")
    return WireError(131003, refused.reason)


def _withdrawal(record: WithdrawalRecord) -> dict[str, Any]:
    return {
        "coin": record.asset,
        "chain": chain_of(record.asset)[0],
        "amount": number(record.received),
        "txID": record.transaction_hash if record.has_left else "",
        "status": _WITHDRAWAL_STATUS[record.status],
        "toAddress": record.address,
        "tag": record.tag,
        "withdrawFee": number(record.fee),
        "createTime": str(record.time_ms),
        "updateTime": str(record.completed_ms or record.time_ms),
        "withdrawId": str(record.withdrawal_id),
        "withdrawType": 0,
        "tax": "",
    }


def _deposit(record: DepositRecord, venue: str) -> dict[str, Any]:
    return {
        "id": str(record.deposit_id),
        "coin": record.asset,
        "chain": chain_of(record.asset)[0],
        "amount": number(record.amount),
        "txID": record.transaction_hash,
        "status": _DEPOSIT_SUCCEEDED,
        "toAddress": deposit_address(venue),
        "tag": "",
        "depositFee": "",
        "successAt": str(record.time_ms),
        "confirmations": "6",
        "txIndex": "0",
        "blockHash": record.transaction_hash,
        "batchReleaseLimit": "-1",
        "depositType": "0",
        "fromAddress": "",
        "taxDepositRecordsId": "",
        "taxStatus": 0,
    }
