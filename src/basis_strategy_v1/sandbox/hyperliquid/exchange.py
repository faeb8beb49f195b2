"""``POST /exchange``: signed actions."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.hyperliquid import errors
from basis_strategy_v1.sandbox.hyperliquid.actions import (
    Action,
    ApproveBuilderFeeAction,
    BatchModifyAction,
    CancelAction,
    CancelByCloidAction,
    Envelope,
    Modify,
    ModifyAction,
    OrderAction,
    SetReferrerAction,
    UpdateLeverageAction,
    UsdClassTransferAction,
    UserSignedAction,
    WithdrawAction,
    parse_envelope,
)
from basis_strategy_v1.sandbox.hyperliquid.assets import Assets
from basis_strategy_v1.sandbox.hyperliquid.authentication import Nonces, Refused, verify
from basis_strategy_v1.sandbox.hyperliquid.money import MoneyActions
from basis_strategy_v1.sandbox.hyperliquid.orders import OrderDesk

Answer = dict[str, Any]


class ExchangeEndpoint:
    """Verifies who signed an action and carries it out.

    Args:
        strict: refuse what gives others a share of the account's fees: referrers, builders, builder approvals.

    Attributes:
        unwanted: types of the fee-sharing actions that have arrived, refused or not.
        sources: the networks that clients have signed for (``a`` main, ``b`` test).
        taken: how many actions have arrived, refused or not.
    """

    def __init__(
        self,
        account: SandboxAccount,
        orders: OrderDesk,
        money: MoneyActions,
        assets: Assets,
        clock: VenueClock,
        users: frozenset[str],
        agents: frozenset[str],
        *,
        strict: bool,
    ) -> None:
        self._account = account
        self._orders = orders
        self._money = money
        self._assets = assets
        self._clock = clock
        self._users = users
        self._traders = users | agents
        self._strict = strict
        self._nonces: dict[str, Nonces] = {}
        self.unwanted: list[str] = []
        self.sources: set[str] = set()
        self.taken = 0

    def answer(self, body: bytes) -> Answer:
        """Carry out one action; refusals are answers too.

        Raises:
            Malformed: when the body is no action of the venue.
        """
        envelope = parse_envelope(body)
        self.taken += 1
        try:
            self._admit(envelope)
            return self._carry_out(envelope.action)
        except Refused as refused:
            return errors.refused_action(refused.words)

    def _admit(self, envelope: Envelope) -> None:
        # An agent trades; money is moved by the wallet's own signature alone.
        moves_money = isinstance(envelope.action, UserSignedAction)
        signer = verify(envelope, self._users if moves_money else self._traders)
        self.sources.add(signer.source)
        if envelope.vaultAddress is not None:
            raise Refused(f"Vault not registered: {envelope.vaultAddress}")
        if _own_nonce(envelope.action) not in (None, envelope.nonce):
            raise Refused("Invalid nonce: the action's own nonce differs")
        if envelope.expiresAfter is not None and envelope.expiresAfter <= self._client_time(envelope.nonce):
            raise Refused("Action expired")
        self._nonces.setdefault(signer.address, Nonces()).use(envelope.nonce, self._clock)

    def _client_time(self, nonce: int) -> int:
        """The time, ms, on the clock that the client signs with: of the machine's and the venue's the nearer one."""
        return min(self._clock.shared.signing_times_ms(), key=lambda time_ms: abs(time_ms - nonce))

    def _carry_out(self, action: Action) -> Answer:
        match action:
            case OrderAction():
                return self._place(action)
            case CancelAction():
                return errors.accepted("cancel", {"statuses": self._orders.cancel(action.cancels)})
            case CancelByCloidAction():
                return errors.accepted("cancel", {"statuses": self._orders.cancel_by_client_id(action.cancels)})
            case ModifyAction():
                return self._modify(action)
            case BatchModifyAction():
                return errors.accepted("order", {"statuses": self._orders.replace(action.modifies)})
            case UpdateLeverageAction():
                self._update_leverage(action)
            case UsdClassTransferAction():
                self._money.transfer(action)
            case WithdrawAction():
                self._money.withdraw(action)
            case SetReferrerAction():
                self._share_fees("setReferrer", "Referrer already set.")
            case ApproveBuilderFeeAction():
                self._share_fees("approveBuilderFee", "Builder has insufficient balance to be approved.")
        return errors.accepted("default")

    def _place(self, action: OrderAction) -> Answer:
        if not action.orders:
            raise Refused("Empty batch of orders")
        if action.builder is not None:
            self._share_fees("order with builder", errors.NO_BUILDER)
        return errors.accepted("order", {"statuses": self._orders.place(action.orders)})

    def _modify(self, action: ModifyAction) -> Answer:
        (status,) = self._orders.replace((Modify(action.oid, action.order),))
        if "error" in status:
            raise Refused(status["error"])
        return errors.accepted("default")

    def _update_leverage(self, action: UpdateLeverageAction) -> None:
        instrument = self._assets.instrument(action.asset)
        if instrument is None or instrument.trade_type != "perp":
            raise Refused(errors.invalid_asset(action.asset).words)
        isolated = self._account.modes.isolated
        is_switch = action.isCross == (instrument.symbol in isolated)
        if is_switch and any(position.symbol == instrument.symbol for position in self._account.positions()):
            raise Refused("Cannot switch leverage type with open position.")
        refusal = self._account.set_leverage(instrument.symbol, action.leverage)
        if refusal is not None:
            is_short = refusal.kind == "insufficient_balance"
            raise Refused("Cannot decrease leverage: not enough margin." if is_short else "Invalid leverage value")
        if is_switch:
            isolated.symmetric_difference_update({instrument.symbol})

    def _share_fees(self, kind: str, words: str) -> None:
        self.unwanted.append(kind)
        if self._strict:
            raise Refused(words)


def _own_nonce(action: Action) -> int | None:
    match action:
        case UsdClassTransferAction() | ApproveBuilderFeeAction():
            return action.nonce
        case WithdrawAction():
            return action.time
        case _:
            return None
