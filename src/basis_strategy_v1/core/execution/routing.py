"""Which interface an instruction goes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    CexTrade,
    Instruction,
    SmartContractAction,
    WalletTransfer,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface

COMPONENT = "ExecutionInterfaceManager"
WALLET = "wallet"


class InterfaceRoutes:
    """The interfaces of a run by family and venue.

    Attributes:
        venues: all of them. ``cex`` and ``dex`` are those families; ``onchain`` holds protocols and the wallet.
    """

    def __init__(self, interfaces: Mapping[str, BaseExecutionInterface]) -> None:
        self.venues = dict(interfaces)
        by_family: dict[str, dict[str, BaseExecutionInterface]] = {"CEX": {}, "DEX": {}, "OnChain": {}, "Transfer": {}}
        for venue, interface in interfaces.items():
            by_family[interface.family][venue] = interface
        self.cex = by_family["CEX"]
        self.dex = by_family["DEX"]
        self.onchain = {**by_family["OnChain"], **by_family["Transfer"]}
        self._known_transfers: dict[tuple[str, str], BaseExecutionInterface] = {}

    def for_instruction(self, instruction: Instruction | AtomicBlock) -> BaseExecutionInterface:
        """The interface that executes ``instruction``.

        Raises:
            ComponentError: EIM-003 no interface for its venue, EIM-008 an atomic block over several chains, EIM-012 no
                route for a transfer.
        """
        match instruction:
            case CexTrade():
                interface = self.cex.get(instruction.venue)
                if interface is None:
                    raise self._missing(instruction.venue, "exchange", self.cex)
                return interface
            case SmartContractAction():
                return self._for_protocol(instruction.protocol)
            case WalletTransfer():
                return self._for_transfer(instruction)
            case AtomicBlock():
                return self._for_chain(instruction)
            case _:
                assert_never(instruction)

    def _for_protocol(self, protocol: str) -> BaseExecutionInterface:
        interface = self.onchain.get(protocol) or self.dex.get(protocol)
        if interface is None:
            raise self._missing(protocol, "protocol", {**self.onchain, **self.dex})
        return interface

    def _for_chain(self, block: AtomicBlock) -> BaseExecutionInterface:
        """The interface of the first step, when all steps share its chain."""
        first = self._for_protocol(block.steps[0].protocol)
        for number, step in enumerate(block.steps):
            if self._for_protocol(step.protocol).backend is not first.backend:
                message = f"step {number} ({step.protocol}) runs on another chain than step 0 ({first.venue})"
                raise ComponentError("EIM-008", message, COMPONENT)
        return first

    def _for_transfer(self, transfer: WalletTransfer) -> BaseExecutionInterface:
        """An exchange's transfers go to its interface, the wallet's to the wallet's."""
        source, target = ends = (transfer.from_venue, transfer.to_venue)
        known = self._known_transfers.get(ends)
        if known is not None:
            return known
        interface = self._transferring(source)
        if interface is None:
            raise self._no_route(transfer, f"{source!r} is no exchange or wallet of this run")
        if source == target:
            raise self._no_route(transfer, "both ends are the same")
        if self._transferring(target) is None:
            raise self._no_route(transfer, f"{target!r} is no exchange or wallet of this run")
        self._known_transfers[ends] = interface
        return interface

    def _transferring(self, location: str) -> BaseExecutionInterface | None:
        """The interface of an exchange or wallet that has ``location``."""
        owner = location.partition(".")[0]
        interface = self.cex.get(owner) or self.onchain.get(owner)
        if interface is None or interface.family == "OnChain":
            return None
        locations = interface.spec.locations or (owner,)
        return interface if location in locations else None

    @staticmethod
    def _missing(venue: str, kind: str, known: Mapping[str, BaseExecutionInterface]) -> ComponentError:
        names = ", ".join(known) or "none"
        return ComponentError("EIM-003", f"no interface for {kind} {venue!r}; this run has: {names}", COMPONENT)

    @staticmethod
    def _no_route(transfer: WalletTransfer, why: str) -> ComponentError:
        message = f"no route from {transfer.from_venue!r} to {transfer.to_venue!r}: {why}"
        return ComponentError("EIM-012", message, COMPONENT)
