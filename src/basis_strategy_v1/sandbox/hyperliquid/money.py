"""USDC between the two wallets and out over the bridge, and the ledger that lists it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.hyperliquid.actions import (
    Malformed,
    UsdClassTransferAction,
    WithdrawAction,
    parse_number,
)
from basis_strategy_v1.sandbox.hyperliquid.assets import token_name
from basis_strategy_v1.sandbox.hyperliquid.authentication import Refused
from basis_strategy_v1.sandbox.hyperliquid.formats import number_text
from basis_strategy_v1.sandbox.records import (
    DepositRecord,
    LiquidationRecord,
    Refusal,
    TransferRecord,
    WithdrawalRecord,
)

USDC = "USDC"
SYSTEM_ADDRESS = "0x" + "2" + "0" * 39
"""From where spot tokens come that arrive from outside."""

SMALLEST_USD = Decimal("0.000001")


class MoneyActions:
    """Transfers and withdrawals of one account; the nonce of an action is the transfer's client id."""

    def __init__(self, account: SandboxAccount, user: str) -> None:
        self._account = account
        self._user = user

    def transfer(self, action: UsdClassTransferAction) -> None:
        """Move USDC between the spot wallet and the perpetuals account.

        Raises:
            Refused: with the venue's words.
        """
        spec = self._account.spec
        ends = (spec.spot_location, spec.margin_location)
        source, target = ends if action.toPerp else ends[::-1]
        done = self._account.transfer(source, target, USDC, _usd(action.amount), str(action.nonce))
        if isinstance(done, Refusal):
            raise Refused(f"Insufficient balance for {'token transfer' if action.toPerp else 'withdrawal'}.")

    def withdraw(self, action: WithdrawAction) -> None:
        """Send USDC over the bridge; the fee is taken from the amount.

        Raises:
            Refused: with the venue's words.
        """
        location, amount = self._account.spec.margin_location, _usd(action.amount)
        done = self._account.withdraw(location, USDC, amount, action.destination, client_id=str(action.time))
        if isinstance(done, Refusal):
            raise Refused(_withdrawal_words(done))

    def ledger(self, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """``userNonFundingLedgerUpdates`` in ``[start_ms, end_ms]``, oldest first."""
        account = self._account
        entries = [_transfer_entry(record, account.spec.margin_location) for record in account.transfers()]
        entries += [_withdrawal_entry(record) for record in account.withdrawals() if record.status != "failed"]
        entries += [self._deposit_entry(record) for record in account.deposits()]
        entries += [_liquidation_entry(record) for record in account.liquidations()]
        entries.sort(key=lambda entry: entry["time"])
        return [entry for entry in entries if start_ms <= entry["time"] <= end_ms]

    def _deposit_entry(self, record: DepositRecord) -> dict[str, Any]:
        if record.location == self._account.spec.margin_location and record.asset == USDC:
            delta: dict[str, Any] = {"type": "deposit", "usdc": number_text(record.amount)}
        else:
            delta = {
                "type": "spotTransfer",
                "token": token_name(record.asset),
                "amount": number_text(record.amount),
                "usdcValue": "0.0",
                "user": SYSTEM_ADDRESS,
                "destination": self._user,
                "fee": "0.0",
                "nativeTokenFee": "0.0",
                "nonce": None,
                "feeToken": "",
            }
        return {"time": record.time_ms, "hash": record.own_hash, "delta": delta}


def _usd(text: str) -> Decimal:
    try:
        amount = parse_number(text)
    except Malformed as error:
        raise Refused(f"Invalid amount {text[:40]}") from error
    if not amount or amount % SMALLEST_USD:
        raise Refused(f"Invalid amount {text[:40]}")
    return amount


def _withdrawal_words(refusal: Refusal) -> str:
    match refusal.kind:
        case "withdrawals_suspended":
            return "Withdrawals are temporarily disabled."
        case "below_fee":
            return "Withdrawal amount must exceed the withdrawal fee."
        case _:
            return "Insufficient balance for withdrawal."


def _transfer_entry(record: TransferRecord, margin_location: str) -> dict[str, Any]:
    to_perp = record.to_location == margin_location
    delta = {"type": "accountClassTransfer", "usdc": number_text(record.amount), "toPerp": to_perp}
    return {"time": record.time_ms, "hash": f"0x{record.transfer_id:064x}", "delta": delta}


def _withdrawal_entry(record: WithdrawalRecord) -> dict[str, Any]:
    delta = {
        "type": "withdraw",
        "usdc": number_text(record.received),
        "nonce": int(record.client_id),
        "fee": number_text(record.fee),
        "destination": record.address,
    }
    return {"time": record.time_ms, "hash": record.transaction_hash, "delta": delta}


def _liquidation_entry(record: LiquidationRecord) -> dict[str, Any]:
    closed = [order for order in record.orders if order.trade_type == "perp"]
    delta = {
        "type": "liquidation",
        "liquidatedNtlPos": number_text(sum((order.quote_filled for order in closed), Decimal(0))),
        "accountValue": number_text(record.to_insurance),
        "leverageType": "Cross",
        "liquidatedPositions": [
            {"coin": order.symbol, "szi": number_text(order.filled if order.side == "sell" else -order.filled)}
            for order in closed
        ],
    }
    return {"time": record.time_ms, "hash": f"0x{closed[0].order_id if closed else 0:064x}", "delta": delta}
