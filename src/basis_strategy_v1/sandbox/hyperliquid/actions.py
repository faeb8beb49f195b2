"""Actions of ``POST /exchange`` as the venue reads them.

The venue parses an action into its own types and hashes what it parsed, not what was sent. So the order of the keys
is the venue's, numbers in text lose trailing zeros and client ids are lower case: a client that signs another
spelling is taken for another signer. The structs below have the venue's order of keys.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from basis_strategy_v1.sandbox.numerals import decimal_number
from basis_strategy_v1.sandbox.wire import UNREADABLE_JSON

Cloid = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{32}$")]
Address = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{40}$")]
VaultAddress = Annotated[str, msgspec.Meta(pattern=r"^(0x)?[0-9a-fA-F]{40}$")]
Index = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

HIGHEST_NUMBER = Decimal(10) ** 15
MOST_DECIMALS = 18


class Malformed(ValueError):  # noqa: N818 - the name of what the body is
    """The body is not what the venue expects: it answers HTTP 422."""


class NotJson(Malformed):
    """The body is not even JSON: it answers HTTP 400."""


class LimitKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a limit order lives; ``Alo`` is post-only."""

    tif: Literal["Gtc", "Ioc", "Alo"]


class TriggerKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stop or take-profit order."""

    isMarket: bool  # noqa: N815 - the venue's spelling
    triggerPx: str  # noqa: N815
    tpsl: Literal["tp", "sl"]


class OrderKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Exactly one of the two."""

    limit: LimitKind | None = None
    trigger: TriggerKind | None = None


class OrderWire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One order: asset, is buy, price, size, reduce-only, kind, client id."""

    a: Index
    b: bool
    p: str
    s: str
    r: bool
    t: OrderKind
    c: Cloid | None = None


class Builder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who else is paid for an order: address and fee in tenths of a basis point."""

    b: str
    f: Index


class OrderAction(msgspec.Struct, frozen=True, tag="order", forbid_unknown_fields=True, omit_defaults=True):
    """Place orders."""

    orders: tuple[OrderWire, ...]
    grouping: Literal["na", "normalTpsl", "positionTpsl"]
    builder: Builder | None = None


class Cancel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asset and order id."""

    a: Index
    o: Index


class CancelAction(msgspec.Struct, frozen=True, tag="cancel", forbid_unknown_fields=True):
    """Cancel by order id."""

    cancels: tuple[Cancel, ...]


class CancelCloid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asset and client id."""

    asset: Index
    cloid: Cloid


class CancelByCloidAction(msgspec.Struct, frozen=True, tag="cancelByCloid", forbid_unknown_fields=True):
    """Cancel by client id."""

    cancels: tuple[CancelCloid, ...]


class Modify(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order to replace, by order id or client id, and what replaces it."""

    oid: Index | str
    order: OrderWire


class ModifyAction(msgspec.Struct, frozen=True, tag="modify", forbid_unknown_fields=True):
    """Replace one order."""

    oid: Index | str
    order: OrderWire


class BatchModifyAction(msgspec.Struct, frozen=True, tag="batchModify", forbid_unknown_fields=True):
    """Replace several orders."""

    modifies: tuple[Modify, ...]


class UpdateLeverageAction(msgspec.Struct, frozen=True, tag="updateLeverage", forbid_unknown_fields=True):
    """Set the leverage of a perpetual."""

    asset: Index
    isCross: bool  # noqa: N815
    leverage: Index


class SetReferrerAction(msgspec.Struct, frozen=True, tag="setReferrer", forbid_unknown_fields=True):
    """Bind the account to a referral code."""

    code: str


class UsdClassTransferAction(msgspec.Struct, frozen=True, tag="usdClassTransfer", forbid_unknown_fields=True):
    """Move USDC between the spot wallet and the perpetuals account."""

    signatureChainId: str  # noqa: N815
    hyperliquidChain: Literal["Mainnet", "Testnet"]  # noqa: N815
    amount: str
    toPerp: bool  # noqa: N815
    nonce: Milliseconds


class WithdrawAction(msgspec.Struct, frozen=True, tag="withdraw3", forbid_unknown_fields=True):
    """Withdraw USDC from the perpetuals account over the bridge."""

    signatureChainId: str  # noqa: N815
    hyperliquidChain: Literal["Mainnet", "Testnet"]  # noqa: N815
    destination: Address
    amount: str
    time: Milliseconds


class ApproveBuilderFeeAction(msgspec.Struct, frozen=True, tag="approveBuilderFee", forbid_unknown_fields=True):
    """Let somebody else take a fee from every order."""

    signatureChainId: str  # noqa: N815
    hyperliquidChain: Literal["Mainnet", "Testnet"]  # noqa: N815
    maxFeeRate: str  # noqa: N815
    builder: str
    nonce: Milliseconds


UserSignedAction = UsdClassTransferAction | WithdrawAction | ApproveBuilderFeeAction
"""Actions that a wallet signs in plain sight, as typed data of their own."""

L1Action = (
    OrderAction
    | CancelAction
    | CancelByCloidAction
    | ModifyAction
    | BatchModifyAction
    | UpdateLeverageAction
    | SetReferrerAction
)
"""Actions that are signed through their hash."""

Action = L1Action | UserSignedAction


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``r`` and ``s`` as hexadecimal text, ``v`` 27 or 28."""

    r: str
    s: str
    v: Literal[27, 28]


class Envelope(msgspec.Struct, frozen=True):
    """The body of ``POST /exchange``."""

    action: Action
    nonce: Milliseconds
    signature: Signature
    vaultAddress: VaultAddress | None = None  # noqa: N815
    expiresAfter: Milliseconds | None = None  # noqa: N815


_DECODER = msgspec.json.Decoder(Envelope)


def parse_envelope(body: bytes) -> Envelope:
    """The envelope, with its action as the venue spells it.

    Raises:
        Malformed: when the body is not one.
    """
    try:
        envelope = _DECODER.decode(body)
        return msgspec.structs.replace(envelope, action=_canonical(envelope.action))
    except msgspec.ValidationError as error:
        raise Malformed(str(error)) from error
    except UNREADABLE_JSON as error:
        raise NotJson(str(error)) from error


def _canonical(action: Action) -> Action:
    match action:
        case OrderAction():
            return msgspec.structs.replace(action, orders=tuple(_canonical_order(order) for order in action.orders))
        case CancelByCloidAction():
            cancels = tuple(CancelCloid(cancel.asset, cancel.cloid.lower()) for cancel in action.cancels)
            return CancelByCloidAction(cancels)
        case ModifyAction():
            modify = _canonical_modify(Modify(action.oid, action.order))
            return ModifyAction(modify.oid, modify.order)
        case BatchModifyAction():
            return BatchModifyAction(tuple(_canonical_modify(modify) for modify in action.modifies))
        case _:
            return action


def _canonical_order(order: OrderWire) -> OrderWire:
    if (order.t.limit is None) == (order.t.trigger is None):
        raise Malformed("an order is either a limit or a trigger order")
    cloid = None if order.c is None else order.c.lower()
    return msgspec.structs.replace(order, p=plain_number(order.p), s=plain_number(order.s), c=cloid)


def _canonical_modify(modify: Modify) -> Modify:
    oid = modify.oid.lower() if isinstance(modify.oid, str) else modify.oid
    return Modify(oid, _canonical_order(modify.order))


def parse_number(text: str) -> Decimal:
    """A number of a size and precision that the venue reads.

    Raises:
        Malformed: when the text is no number from 0 to 1e15 with at most 18 decimals.
    """
    number = decimal_number(text)
    if number is None:
        raise Malformed(f"{text!r} is no number")
    if not number < HIGHEST_NUMBER or _decimals(number) > MOST_DECIMALS:
        raise Malformed(f"{text!r} is out of range")
    return number


def plain_number(text: str) -> str:
    """A number in text without exponent and trailing zeros.

    Raises:
        Malformed: see ``parse_number``.
    """
    plain = f"{parse_number(text):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _decimals(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)
