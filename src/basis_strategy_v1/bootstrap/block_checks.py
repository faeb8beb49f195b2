"""What is wrong with instruction blocks that can be said before anything runs."""

from __future__ import annotations

from collections.abc import Sequence as Many
from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    CexTrade,
    InstructionBlock,
    Sequence,
    SmartContractAction,
    WalletTransfer,
)
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

Step = CexTrade | SmartContractAction | WalletTransfer


def refuse_unaddressable(blocks: Many[InstructionBlock], specs: tuple[VenueSpec, ...]) -> None:
    """Refuse blocks that name a venue, symbol or location that the run does not have, or what it could not value.

    Raises:
        ComponentError: EIM-003, EXI-005 or EIM-012 for the first such block.
    """
    venues = ", ".join(spec.venue for spec in specs)
    for position, block in enumerate(blocks, start=1):
        for step in _steps(block):
            error = _addressing(step, specs)
            if error is not None:
                raise ComponentError(
                    error.error_code,
                    f"block {position}: {error.message}",
                    remedy=f"The venues of this run are {venues}; 'basis venues' says what each can do.",
                )


def problems_of(block: InstructionBlock, specs: tuple[VenueSpec, ...]) -> list[str]:
    """``CODE: what is wrong`` of each instruction that its venue would refuse whatever the market does."""
    found: list[str] = []
    for step in _steps(block):
        error = _addressing(step, specs) or _filters(step, specs)
        if error is not None:
            found.append(f"{error.error_code}: {error.message}")
    return found


def _steps(block: InstructionBlock) -> list[Step]:
    match block:
        case AtomicBlock():
            return list(block.steps)
        case Sequence():
            return [step for part in block.instructions for step in _steps(part)]
        case _:
            return [block]


def _addressing(step: Step, specs: tuple[VenueSpec, ...]) -> ComponentError | None:
    by_venue = {spec.venue: spec for spec in specs}
    match step:
        case CexTrade():
            spec = by_venue.get(step.venue)
            if spec is None:
                return ComponentError("EIM-003", f"no interface for venue {step.venue}")
            if spec.instrument(step.symbol, step.trade_type) is None:
                return ComponentError("EXI-005", f"{step.venue} has no {step.trade_type} {step.symbol}")
        case SmartContractAction():
            if step.protocol not in by_venue:
                return ComponentError("EIM-003", f"no interface for venue {step.protocol}")
            if step.action == "borrow":
                return ComponentError("EXI-005", f"debt is not valued in this run: borrow at {step.protocol}")
        case WalletTransfer():
            known = {location for spec in specs for location in (*spec.locations, spec.venue)}
            for end in (step.from_venue, step.to_venue):
                if end not in known:
                    return ComponentError("EIM-012", f"no route, {end} is no location of this run")
    return None


def _filters(step: Step, specs: tuple[VenueSpec, ...]) -> ComponentError | None:
    """The filters that need no price: step, minimum quantity and tick."""
    if not isinstance(step, CexTrade):
        return None
    instrument = next(spec for spec in specs if spec.venue == step.venue).instrument(step.symbol, step.trade_type)
    assert instrument is not None
    if step.amount % instrument.step:
        return _filter(instrument, "LOT_SIZE", f"quantity {step.amount} is not a multiple of {instrument.step}")
    if step.amount < instrument.min_quantity:
        least = instrument.min_quantity
        return _filter(instrument, "LOT_SIZE", f"quantity {step.amount} is below the minimum {least}")
    if step.order_type == "limit":
        return _tick(instrument, step.price)
    return None


def _tick(instrument: Instrument, price: Decimal | None) -> ComponentError | None:
    if price is None or price <= 0:
        return ComponentError("EXI-001", f"a limit order for {instrument.symbol} needs a price above 0, got {price}")
    if price % instrument.tick:
        return _filter(instrument, "PRICE_FILTER", f"price {price} is not a multiple of the tick {instrument.tick}")
    return None


def _filter(instrument: Instrument, name: str, words: str) -> ComponentError:
    return ComponentError("EXI-001", f"Filter failure: {name} of {instrument.trade_type} {instrument.symbol}: {words}")
