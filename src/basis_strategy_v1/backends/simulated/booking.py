"""Books one execution and its fee, and says beforehand whether the account can pay for it."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.simulated.account import Account
from basis_strategy_v1.backends.simulated.books import change_balance
from basis_strategy_v1.backends.simulated.desk import Desk
from basis_strategy_v1.backends.simulated.rejections import Rejection
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest, round_nearest

NATIVE_FEE_STEP = Decimal("1e-8")


def check_funds(
    account: Account, desk: Desk, request: OrderRequest, row: int, quantity: Decimal, price: Decimal, rate: Decimal
) -> None:
    """Whether the account can pay for ``quantity`` at ``price`` with a fee of ``rate``.

    Raises:
        Rejection: EXI-006.
    """
    if desk.is_perp:
        signed = quantity if request.side == "buy" else -quantity
        value = signed * price
        fee = abs(value) * rate
        if not account.clearly_affords(desk, row, signed, value, fee):
            _check_margin(account, desk, row, signed, price, fee)
    else:
        _check_spot(account, desk, request, row, quantity, price, rate)


def book_fill(
    account: Account,
    desk: Desk,
    request: OrderRequest,
    row: int,
    sequence: int,
    quantity: Decimal,
    price: Decimal,
    rate: Decimal,
) -> Fill:
    """Book ``quantity`` (> 0) of ``request`` at ``price``; the fill. ``sequence`` numbers the order's fills from 1."""
    signed = quantity if request.side == "buy" else -quantity
    desk.used += quantity
    if desk.is_perp:
        books = account.books
        fee, fee_asset = quantity * price * rate, books.margin_currency
        if account.amount_step is not None:
            fee = round_nearest(fee, account.amount_step)
        books.trade_perp(desk.symbol, signed, price, fee)
    else:
        fee, fee_asset = _book_spot(account, desk, row, signed, price, rate)
    trade_id = f"{request.client_order_id}-{sequence}"
    return Fill(trade_id, account.spec.venue, desk.symbol, request.trade_type, signed, price, fee, fee_asset)


def _book_spot(
    account: Account, desk: Desk, row: int, signed: Decimal, price: Decimal, rate: Decimal
) -> tuple[Decimal, str]:
    instrument = desk.instrument
    base, quote = instrument.base, instrument.quote
    cost = signed * price
    native = native_fee(account, desk, row, abs(cost) * rate) if account.fee_currency == "native" else None
    books = account.books
    held = books.balances[account.spec.spot_location]
    if native is not None:
        change_balance(held, base, signed)
        change_balance(held, quote, -cost)
        change_balance(held, account.native_asset, -native)
        return native, account.native_asset
    received = signed > 0 and account.fee_currency != "quote"
    fee, fee_asset = (signed * rate, base) if received else (abs(cost) * rate, quote)
    if account.amount_step is not None:
        fee = round_nearest(fee, account.amount_step)
    if received:
        signed -= fee
    else:
        cost += fee
    change_balance(held, base, signed)
    change_balance(held, quote, -cost)
    return fee, fee_asset


def native_fee(account: Account, desk: Desk, row: int, fee_in_quote: Decimal) -> Decimal | None:
    """The fee in the venue's own coin, to 1e-8; None where the spot wallet does not hold enough or it has no price."""
    coin = account.native_asset
    market = account.spot_desks.get(coin + desk.instrument.quote)
    if not coin or market is None:
        return None
    fee = divide_nearest(fee_in_quote, market.price_column.decimal(row), NATIVE_FEE_STEP)
    return fee if account.free(account.spec.spot_location, coin) >= fee else None


def _check_spot(
    account: Account, desk: Desk, request: OrderRequest, row: int, quantity: Decimal, price: Decimal, rate: Decimal
) -> None:
    location = account.spec.spot_location
    if request.side == "sell":
        asset, needed = desk.instrument.base, quantity
    else:
        asset, needed = desk.instrument.quote, quantity * price
        if account.fee_currency != "received":
            needed += needed * rate
    held = account.books.balances[location].get(asset, ZERO)
    if needed > held or account.open_orders:
        free = account.free(location, asset)
        if needed > free:
            raise Rejection("EXI-006", f"insufficient balance at {location}: needs {needed} {asset}, free {free}")
    if account.collateral and account.books.positions:
        _check_collateral(account, desk, request, row, quantity, price, rate)


def _check_collateral(
    account: Account, desk: Desk, request: OrderRequest, row: int, quantity: Decimal, price: Decimal, rate: Decimal
) -> None:
    """On a unified account a coin counts for less than the quote that buys it: positions must stay margined."""
    base = desk.instrument.base
    weighted = account.collateral.get(base, ZERO) * account.collateral_price(base, row) * quantity
    notional = quantity * price
    change = weighted - notional if request.side == "buy" else notional - weighted
    after = account.available_margin(row) + change - notional * rate
    if after < 0 and after < account.available_margin(row):
        raise Rejection("EXI-006", f"insufficient margin at {account.spec.margin_location}: short of {-after} for spot")


def _check_margin(account: Account, desk: Desk, row: int, signed: Decimal, price: Decimal, fee: Decimal) -> None:
    after = account.available_after(desk, row, signed, price, fee)
    if after < 0:
        side = "buy" if signed > 0 else "sell"
        raise Rejection(
            "EXI-006",
            f"insufficient margin at {account.spec.margin_location}: "
            f"{side} {abs(signed)} {desk.symbol} at {price} with leverage {account.leverage_of(desk.symbol)} "
            f"is short of {-after} {account.books.margin_currency}",
        )
