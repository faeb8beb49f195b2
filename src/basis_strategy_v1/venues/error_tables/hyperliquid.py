"""Hyperliquid: what its words of refusal prove. It has no codes; words that are not listed leave the outcome open."""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.error_table import error_table

ERRORS = error_table(
    ("malformed", "rejected", "EXI-001"),
    ("unknownOid", "not_found", "EXI-011"),
    ("err", "not_found", "EXI-011", "Order was never placed, already canceled, or filled"),
    ("err", "retry_later", "EXI-002", "Too many cumulative requests"),
    ("err", "duplicate", "EXI-007", "duplicate nonce"),
    ("err", "clock", "EXI-003", "Invalid nonce"),
    ("err", "clock", "EXI-003", "Action expired"),
    ("err", "rejected", "EXI-004", "User or API Wallet"),
    ("err", "rejected", "EXI-004", "Must deposit before performing actions"),
    ("err", "rejected", "EXI-006", "Insufficient margin to place order"),
    ("err", "rejected", "EXI-006", "Insufficient spot balance"),
    ("err", "rejected", "EXI-006", "Insufficient balance for"),
    ("err", "rejected", "EXI-005", "Invalid perp asset"),
    ("err", "rejected", "EXI-005", "Invalid spot asset"),
    ("err", "rejected", "EXI-003", "Trading is halted"),
    ("err", "rejected", "EXI-003", "Withdrawals are temporarily disabled"),
    ("err", "rejected", "EXI-001", "Price must be divisible by tick size"),
    ("err", "rejected", "EXI-001", "Order must have minimum value"),
    ("err", "rejected", "EXI-001", "Order has invalid size"),
    ("err", "rejected", "EXI-001", "Order has zero size"),
    ("err", "rejected", "EXI-001", "Reduce only order would increase position"),
    ("err", "rejected", "EXI-001", "Post only order would have immediately matched"),
    ("err", "rejected", "EXI-001", "Order could not immediately match"),
    ("err", "rejected", "EXI-001", "No liquidity available for market order"),
    ("err", "rejected", "EXI-001", "Order price cannot be more than"),
    ("err", "rejected", "EXI-001", "Order would increase open interest"),
    ("err", "rejected", "EXI-001", "Order rejected due to price more aggressive than oracle"),
    ("err", "rejected", "EXI-001", "Order price too far from oracle"),
    ("err", "rejected", "EXI-001", "Order would cause position to exceed margin tier limit"),
    ("err", "rejected", "EXI-001", "Invalid TP/SL price"),
    ("err", "rejected", "EXI-001", "Invalid leverage"),
    ("err", "rejected", "EXI-001", "Cannot switch leverage type"),
    ("err", "rejected", "EXI-001", "Withdrawal amount must exceed"),
    ("err", "rejected", "EXI-001", "Invalid amount"),
)
