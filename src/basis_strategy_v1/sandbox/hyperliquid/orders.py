"""Orders of the local Hyperliquid: placing, cancelling, replacing, and the refusals it remembers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus
from basis_strategy_v1.core.domain.quantities import is_multiple
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.hyperliquid import errors
from basis_strategy_v1.sandbox.hyperliquid.actions import Cancel, CancelCloid, Modify, OrderWire
from basis_strategy_v1.sandbox.hyperliquid.assets import Assets, has_price_form
from basis_strategy_v1.sandbox.hyperliquid.errors import OrderRefusal
from basis_strategy_v1.sandbox.hyperliquid.formats import number_text
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.records import OrderRecord

FARTHEST = Decimal("0.8")
"""How far from the mark a limit price may lie, as a fraction of the mark."""

Status = dict[str, Any]


class OrderDesk:
    """Takes the venue's order actions. Client ids may repeat: the venue documents no rule against it."""

    def __init__(self, account: SandboxAccount, market: MarketView, assets: Assets) -> None:
        self._account = account
        self._market = market
        self._assets = assets
        self._refused: dict[int, tuple[OrderRecord, str]] = {}
        self._refused_ids: dict[str, int] = {}

    def place(self, orders: tuple[OrderWire, ...]) -> list[Status]:
        """One status an order; what can be seen without the market is refused once, for the whole payload."""
        for order in orders:
            refusal = self._form_refusal(order)
            if refusal is not None:
                return [{"error": refusal.words}]
        return [self._place_one(order) for order in orders]

    def cancel(self, cancels: tuple[Cancel, ...]) -> list[str | Status]:
        """One status an order id."""
        return [self._cancel(self._account.open_order(cancel.o), cancel.a) for cancel in cancels]

    def cancel_by_client_id(self, cancels: tuple[CancelCloid, ...]) -> list[str | Status]:
        """One status a client id."""
        return [self._cancel(self._account.open_with(cancel.cloid), cancel.asset) for cancel in cancels]

    def replace(self, modifies: tuple[Modify, ...]) -> list[Status]:
        """Cancel each order and place another, with an id of its own; a malformed one leaves the old order alone.

        The venue carries the client id over when the new order names it. When the market refuses the new order, the
        old one is gone: the venue cancels first.
        """
        for modify in modifies:
            refusal = self._form_refusal(modify.order)
            if refusal is not None:
                return [{"error": refusal.words}]
        return [self._replace_one(modify) for modify in modifies]

    def lookup(self, oid: int | str) -> tuple[OrderRecord, str] | None:
        """An order by id or client id, and the venue's word for its refusal if it was refused."""
        record = self._account.order(oid) if isinstance(oid, int) else self._latest(oid)
        return None if record is None else (record, self.refusal_word(record))

    def refusal_word(self, record: OrderRecord) -> str:
        """The status under which a refused order is remembered, empty for any other."""
        refused = self._refused.get(record.order_id)
        return "" if refused is None else refused[1]

    def refused(self) -> list[OrderRecord]:
        """Orders that the market refused, oldest first."""
        return [record for record, _ in self._refused.values()]

    def _latest(self, client_id: str) -> OrderRecord | None:
        accepted = self._account.latest(client_id)
        refused_id = self._refused_ids.get(client_id)
        if refused_id is None or (accepted is not None and accepted.order_id > refused_id):
            return accepted
        return self._account.order(refused_id)

    def _replace_one(self, modify: Modify) -> Status:
        oid = modify.oid
        old = self._account.open_order(oid) if isinstance(oid, int) else self._account.open_with(oid)
        if old is None or self._assets.number(old.trade_type, old.symbol) != modify.order.a:
            return errors.missing_order(modify.order.a)
        self._account.cancel(old.order_id)
        return self._place_one(modify.order)

    def _cancel(self, order: OrderRecord | None, asset: int) -> str | Status:
        if order is None or self._assets.number(order.trade_type, order.symbol) != asset:
            return errors.missing_order(asset)
        self._account.cancel(order.order_id)
        return "success"

    def _form_refusal(self, order: OrderWire) -> OrderRefusal | None:
        instrument = self._assets.instrument(order.a)
        if instrument is None:
            return errors.invalid_asset(order.a)
        if order.t.limit is None:
            return errors.trigger(order.a)
        if instrument.trade_type == "perp" and not self._account.modes.serves(instrument.symbol):
            return errors.halted(order.a)
        price, size = Decimal(order.p), Decimal(order.s)
        if not price or not has_price_form(instrument, price) or not is_multiple(price, instrument.tick):
            return errors.tick(order.a)
        if not size:
            return errors.zero_size(order.a)
        return None if is_multiple(size, instrument.step) else errors.size(order.a)

    def _place_one(self, order: OrderWire) -> Status:
        instrument, limit = self._assets.instrument(order.a), order.t.limit
        assert instrument is not None and limit is not None
        mark = self._market.quote(instrument.symbol, instrument.trade_type).mark
        if abs(Decimal(order.p) - mark) > FARTHEST * mark:
            return {"error": errors.far_from_reference(order.a).words}
        record = self._account.place(_request(order, instrument, limit.tif))
        if record.is_rejected:
            return self._refuse(record, self._refusal(record, instrument, order.a))
        if record.status is OrderStatus.EXPIRED and not record.filled:
            return self._refuse(record, errors.immediate(order.a))
        return _accepted_status(record)

    def _refuse(self, record: OrderRecord, refusal: OrderRefusal) -> Status:
        if refusal.status:
            self._refused[record.order_id] = (record, refusal.status)
            if record.client_id:
                self._refused_ids[record.client_id] = record.order_id
        return {"error": refusal.words}

    def _refusal(self, record: OrderRecord, instrument: Instrument, asset: int) -> OrderRefusal:
        is_spot = instrument.trade_type == "spot"
        match record.reject_kind:
            case "lot_size" | "min_quantity":
                return errors.size(asset)
            case "tick_size" | "price_missing":
                return errors.tick(asset)
            case "min_notional":
                return errors.minimum(asset, is_spot, f"{instrument.min_notional:f}", instrument.quote)
            case "insufficient_balance" | "insufficient_margin":
                return errors.spot_balance(asset) if is_spot else errors.margin(asset)
            case "reduce_only" | "unsupported":
                return errors.reduce_only(asset)
            case "post_only_would_match":
                quote = self._market.quote(instrument.symbol, instrument.trade_type)
                return errors.post_only(asset, number_text(quote.bid), number_text(quote.ask))
            case "unknown_symbol":
                return errors.invalid_asset(asset)
            case "no_price":
                return errors.halted(asset)
            case _:
                return errors.immediate(asset)


def _request(order: OrderWire, instrument: Instrument, tif: str) -> OrderRequest:
    return OrderRequest(
        client_order_id=order.c or "",
        symbol=instrument.symbol,
        trade_type=instrument.trade_type,
        side="buy" if order.b else "sell",
        quantity=Decimal(order.s),
        order_type="limit",
        price=Decimal(order.p),
        time_in_force="ioc" if tif == "Ioc" else "gtc",
        post_only=tif == "Alo",
        reduce_only=order.r,
    )


def _accepted_status(record: OrderRecord) -> Status:
    named = {"cloid": record.client_id} if record.client_id else {}
    if record.is_open:
        return {"resting": {"oid": record.order_id, **named}}
    average = number_text(record.average_price or Decimal(0))
    return {"filled": {"totalSz": number_text(record.filled), "avgPx": average, "oid": record.order_id, **named}}
