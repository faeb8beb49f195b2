"""Binance: what its error codes prove, for the spot and wallet API (``spot``) and USD-margined futures (``usdm``).

From the venue's published error lists. A 5xx without a code, -1000, -1001, -1006, -1007 and -1008 leave it open
whether an order was placed, so they are not listed.
"""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.error_table import error_table

ERRORS = error_table(
    # Turned away before they reached the matching engine.
    ("-1003 -1015 -1034", "retry_later", "EXI-002"),
    ("-1021 -5028", "clock", "EXI-003"),
    ("-1016", "retry_later", "EXI-003"),
    ("-1002 -1005 -1011 -1022 -1099 -1109 -2008 -2014 -2015 -2017", "rejected", "EXI-004"),
    # Malformed requests, by the first check they fail.
    ("-1013 -1014 -1100 -1101 -1102 -1103 -1104 -1105 -1106 -1108 -1110 -1111 -1112", "rejected", "EXI-001"),
    ("-1114 -1115 -1116 -1117 -1118 -1119 -1120 -1128 -1130 -1131 -1134 -1135 -1136", "rejected", "EXI-001"),
    ("-1145 -1151", "rejected", "EXI-001"),
    ("-1020 -1121 -1122", "rejected", "EXI-005"),
    # Orders.
    ("-2010", "duplicate", "EXI-001", "duplicate order sent"),
    ("-2010", "rejected", "EXI-006", "insufficient balance"),
    ("-2010", "rejected", "EXI-001"),
    ("-2011 -2013", "not_found", "EXI-011"),
    ("spot:-2026", "not_found", "EXI-011"),
    ("usdm:-4115 usdm:-4116", "duplicate", "EXI-001"),
    ("-2018 -2019 usdm:-2024 usdm:-2027 usdm:-2028 usdm:-4050 usdm:-4051", "rejected", "EXI-006"),
    ("-2020 -2021 -2022 -2025 usdm:-2026 -4118", "rejected", "EXI-001"),
    ("usdm:-4046 usdm:-4059 usdm:-5027", "already_so", ""),
    ("usdm:-4000 usdm:-4001 usdm:-4002 usdm:-4003 usdm:-4004 usdm:-4005 usdm:-4013", "rejected", "EXI-001"),
    ("usdm:-4014 usdm:-4015 usdm:-4016 usdm:-4023 usdm:-4024 usdm:-4028 usdm:-4047", "rejected", "EXI-001"),
    ("usdm:-4048 usdm:-4055 usdm:-4061 usdm:-4062 usdm:-4067 usdm:-4068 usdm:-4074 usdm:-4087", "rejected", "EXI-001"),
    ("usdm:-4088 usdm:-4168", "rejected", "EXI-001"),
    ("usdm:-4131 usdm:-4137 usdm:-4138 usdm:-4139 usdm:-4161 usdm:-4164 usdm:-4183", "rejected", "EXI-001"),
    ("usdm:-4184 usdm:-4400 usdm:-4401 usdm:-4408", "rejected", "EXI-001"),
    ("usdm:-4117 usdm:-4120 usdm:-4136 usdm:-4202 usdm:-4203 usdm:-4205 usdm:-4206", "rejected", "EXI-001"),
    ("usdm:-4208 usdm:-4209 usdm:-4210 usdm:-4211 usdm:-5037 usdm:-5038 usdm:-5039", "rejected", "EXI-001"),
    ("usdm:-5040 usdm:-5047 -1023 -1113", "rejected", "EXI-001"),
    ("usdm:-4192", "rejected", "EXI-004"),
    ("-2023", "rejected", "EXI-003"),
    ("usdm:-4144 -1126", "rejected", "EXI-005"),
    ("usdm:-4140 usdm:-4141 usdm:-4402 usdm:-4403", "rejected", "EXI-005"),
    ("usdm:-5021 usdm:-5022 usdm:-5024 usdm:-5025 usdm:-5026", "rejected", "EXI-001"),
    # Transfers and withdrawals.
    ("-3041 -5002 -5003 -5013 spot:-4024 spot:-4025 spot:-4026", "rejected", "EXI-006"),
    ("spot:-4004 spot:-4007 spot:-4008 spot:-4012 spot:-4013", "rejected", "EXI-004"),
    ("spot:-4005", "retry_later", "EXI-002", "too many"),
    ("spot:-4005", "rejected", "EXI-003"),
    ("spot:-4014 spot:-4015 spot:-4016 spot:-4017 spot:-4019 spot:-4032 spot:-4034 spot:-4035", "rejected", "EXI-001"),
    ("spot:-4018 spot:-4021 spot:-4022 spot:-4023 spot:-4028 spot:-4033 spot:-4036", "rejected", "EXI-001"),
    ("spot:-5001 spot:-5007 spot:-5009 spot:-5011", "rejected", "EXI-001"),
)
