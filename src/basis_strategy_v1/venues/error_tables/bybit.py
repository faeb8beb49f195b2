"""Bybit v5: what its error codes prove.

From the venue's published error lists. 10000, 10016, 10019, 10429, 20003, 20006, 170001, 170005, 170007, 170032, 170146
and 500000 are time-outs and failures inside the venue that leave it open whether an order was placed: not listed.
"""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.error_table import error_table

ERRORS = error_table(
    # Turned away before they reached the matching engine.
    ("10002 -1021", "clock", "EXI-003"),
    ("10006 10018 170222", "retry_later", "EXI-002"),
    ("10003 10004 10005 10007 10008 10009 10010 10024 10027 10028 33004", "rejected", "EXI-004"),
    ("10001 10017 10020 170115 170116 170117 170130 170210", "rejected", "EXI-001"),
    ("10029 110066 110063 170121 170202 170203 170204 110074", "rejected", "EXI-005"),
    # Orders.
    ("10014 110072 170141 12141 110030", "duplicate", "EXI-001"),
    ("110001 110008 110010 170213 170142 170143 20001", "not_found", "EXI-011"),
    ("110004 110006 110007 110012 110014 110044 110045 110051 110052 110053", "rejected", "EXI-006"),
    ("170131 170033 170223 170226 175003 175006", "rejected", "EXI-006"),
    ("110003 110005 110009 110011 110013 110016 110017 110018 110019 110020 110021 110022", "rejected", "EXI-001"),
    ("110023 110031 110032 110034 110039 110040 110042 110057 110059 110064 110094", "rejected", "EXI-001"),
    ("170105 170106 170124 170132 170133 170134 170135 170136 170137 170138 170139 170140", "rejected", "EXI-001"),
    ("170148 170192 170193 170194 170195 170196 170197 170198 170199 170201 170218 170228", "rejected", "EXI-001"),
    ("170229 170313 170371 170372", "rejected", "EXI-001"),
    ("110025 110026 110027 110043 34036", "already_so", ""),
    # Transfers and withdrawals.
    ("131214", "duplicate", "EXI-001"),
    ("131001 131085 131212", "rejected", "EXI-006"),
    ("131002 131003 131004 131086 131087 131088 131089 131096", "rejected", "EXI-001"),
    ("131084 131097", "rejected", "EXI-003"),
    ("131202 131203 131204 131208 131210 131211 131213 131215 131231", "rejected", "EXI-001"),
)
