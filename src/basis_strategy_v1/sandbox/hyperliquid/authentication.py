"""Who signed an action: EIP-712 recovery as the venue does it, and its rules for nonces.

A trading action is hashed (msgpack of the action, nonce, vault, expiry) and the hash is signed inside a typed message
``Agent`` on chain id 1337, whose ``source`` is ``a`` on the main network and ``b`` on the test network. A transfer or
withdrawal is signed as typed data of its own. The signer is recovered, never claimed.
"""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator
from typing import Any, Literal

import msgspec
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.hyperliquid.actions import (
    ApproveBuilderFeeAction,
    Envelope,
    L1Action,
    Signature,
    UsdClassTransferAction,
    UserSignedAction,
    WithdrawAction,
)

Source = Literal["a", "b"]

DAY_MS = 86_400_000
OLDEST_NONCE_MS = 2 * DAY_MS
NEWEST_NONCE_MS = DAY_MS
KEPT_NONCES = 100

_ZERO_ADDRESS = "0x" + "0" * 40
_AGENT_DOMAIN = {"name": "Exchange", "version": "1", "chainId": 1337, "verifyingContract": _ZERO_ADDRESS}
_AGENT_TYPES = {"Agent": [{"name": "source", "type": "string"}, {"name": "connectionId", "type": "bytes32"}]}


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure
    """The venue refuses the whole action, with these words."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Signer(msgspec.Struct, frozen=True):
    """An address (lower case) and the network it signed for."""

    address: str
    source: Source


def verify(envelope: Envelope, accounts: Container[str]) -> Signer:
    """The signer of ``envelope``, when one of ``accounts`` (lower-case addresses) signed it.

    Raises:
        Refused: with the venue's words when the recovered address is nobody's, or the envelope disagrees with itself.
    """
    try:
        signers = list(_signers(envelope, accounts))
    except Exception as error:
        raise Refused(f"Unable to recover signer: {type(error).__name__}") from error
    for signer in signers:
        if signer.address in accounts:
            return signer
    raise Refused(f"User or API Wallet {signers[0].address} does not exist.")


def action_hash(action: L1Action, nonce: int, vault_address: str | None, expires_after: int | None) -> bytes:
    """The hash that a trading action's signature covers."""
    data = msgspec.msgpack.encode(action) + nonce.to_bytes(8, "big")
    data += b"\x00" if vault_address is None else b"\x01" + bytes.fromhex(vault_address.removeprefix("0x"))
    if expires_after is not None:
        data += b"\x00" + expires_after.to_bytes(8, "big")
    return keccak(data)


def _signers(envelope: Envelope, accounts: Container[str]) -> Iterator[Signer]:
    action, signature = envelope.action, envelope.signature
    if isinstance(action, UserSignedAction):
        source: Source = "a" if action.hyperliquidChain == "Mainnet" else "b"
        yield Signer(_recover_user_signed(action, signature), source)
        return
    connection = action_hash(action, envelope.nonce, envelope.vaultAddress, envelope.expiresAfter)
    for agent_source in ("a", "b"):
        message = {"source": agent_source, "connectionId": connection}
        address = _recover(_AGENT_DOMAIN, _AGENT_TYPES, message, signature)
        yield Signer(address, agent_source)
        if address in accounts:
            return


def _recover_user_signed(action: UserSignedAction, signature: Signature) -> str:
    domain = {
        "name": "HyperliquidSignTransaction",
        "version": "1",
        "chainId": int(action.signatureChainId, 16),
        "verifyingContract": _ZERO_ADDRESS,
    }
    name, fields = _user_signed_type(action)
    types = {f"HyperliquidTransaction:{name}": [{"name": field, "type": kind} for field, kind in fields]}
    return _recover(domain, types, {field: getattr(action, field) for field, _ in fields}, signature)


def _user_signed_type(action: UserSignedAction) -> tuple[str, tuple[tuple[str, str], ...]]:
    chain = ("hyperliquidChain", "string")
    match action:
        case UsdClassTransferAction():
            return "UsdClassTransfer", (chain, ("amount", "string"), ("toPerp", "bool"), ("nonce", "uint64"))
        case WithdrawAction():
            return "Withdraw", (chain, ("destination", "string"), ("amount", "string"), ("time", "uint64"))
        case ApproveBuilderFeeAction():
            fields = (chain, ("maxFeeRate", "string"), ("builder", "address"), ("nonce", "uint64"))
            return "ApproveBuilderFee", fields


def _recover(domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any], signature: Signature) -> str:
    signable = encode_typed_data(domain_data=domain, message_types=types, message_data=message)
    vrs = (signature.v, int(signature.r, 16), int(signature.s, 16))
    return str(Account.recover_message(signable, vrs=vrs)).lower()


class Nonces:
    """The nonces of one signer: the venue keeps the highest 100 and takes a new one above the lowest of them.

    It must also lie between two days before and one day after the time.
    """

    __slots__ = ("_highest", "_used")

    def __init__(self) -> None:
        self._highest: list[int] = []
        self._used: set[int] = set()

    def use(self, nonce: int, clock: VenueClock) -> None:
        """Take ``nonce``.

        Raises:
            Refused: when it was used, is too low, or lies too far from the time of ``clock``.
        """
        if not clock.accepts(nonce, OLDEST_NONCE_MS, NEWEST_NONCE_MS):
            raise Refused(f"Invalid nonce: {nonce} is too far from {clock.now_ms()}")
        if nonce in self._used:
            raise Refused(f"Invalid nonce: duplicate nonce {nonce}")
        if len(self._highest) >= KEPT_NONCES:
            if nonce < self._highest[0]:
                raise Refused(f"Invalid nonce: {nonce} is below the lowest kept {self._highest[0]}")
            self._used.discard(heapq.heappushpop(self._highest, nonce))
        else:
            heapq.heappush(self._highest, nonce)
        self._used.add(nonce)
