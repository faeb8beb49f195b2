"""OKX v5: what its error codes prove.

From the venue's published error lists. These leave it open whether an order was placed and are not listed, being
time-outs and failures inside the venue: 50001, 50004, 50005, 50013, 50026, 51054, 51149, 58112.
"""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.error_table import error_table

ERRORS = error_table(
    # Turned away before they reached the matching engine.
    ("50102 50112 50036", "clock", "EXI-003"),
    ("50011 50061 58102 51113", "retry_later", "EXI-002"),
    ("50007 50008 50012 50027 50100 50101 50103 50104 50105 50106 50107", "rejected", "EXI-004"),
    ("50110 50111 50113 50114", "rejected", "EXI-004"),
    ("51009 51010 51024 51732 51733 51734 59113", "rejected", "EXI-004"),
    ("50000 50002 50006 50010 50014 50015 50016 50024 50025 50115", "rejected", "EXI-001"),
    ("51001 51012 51014 51015 51026 51155", "rejected", "EXI-005"),
    ("51021 51022 51027 51028 51029 51030 50062 54072", "rejected", "EXI-003"),
    # Orders.
    ("51016 51011 50071", "duplicate", "EXI-001"),
    # Our ids are well formed, so an error of one means that it is there already.
    ("51000", "duplicate", "EXI-001", "clOrdId"),
    ("51000", "duplicate", "EXI-001", "clientId"),
    ("51603 51400 51401 51402 51405 51503 51509 51510", "not_found", "EXI-011"),
    ("51008 51119 51127 51131 51502 51764 59103 59108 59200 59201", "rejected", "EXI-006"),
    ("51000 51002 51003 51004 51005 51006 51007 51017 51019 51020 51023 51025 51031", "rejected", "EXI-001"),
    ("51100 51101 51102 51103 51104 51105 51106 51107 51108 51109 51110 51111 51112", "rejected", "EXI-001"),
    ("51115 51116 51117 51118 51120 51121 51122 51124 51129 51132 51133 51134 51135", "rejected", "EXI-001"),
    ("51136 51137 51138 51139 51148 51169 51174 51185 51201 51202 51203 51204 51205", "rejected", "EXI-001"),
    ("51403 51404 51407 51408 51500 51506 51508 51511 54008 54011 54094", "rejected", "EXI-001"),
    ("50037 51150 51170", "rejected", "EXI-001"),
    ("50028 51018 51072 51073 51074 51125 51126 51128 51130 51162 51163 51166 54009", "rejected", "EXI-001"),
    ("54000", "rejected", "EXI-005"),
    ("50017 50018 50019 50020 50021 50022 50023", "rejected", "EXI-003"),
    ("59000 59100 59101 59102 59104 59105 59106 59107 59109", "rejected", "EXI-001"),
    # Transfers and withdrawals.
    ("58129", "not_found", "EXI-011"),
    ("58350 58229", "rejected", "EXI-006"),
    ("58004 58100 58101 58104 58105 58204", "rejected", "EXI-003"),
    ("58010 58123", "rejected", "EXI-001"),
    ("58001 58103 58115 59504 59519", "rejected", "EXI-004"),
    ("58006 58110 58111", "rejected", "EXI-003"),
    ("58106 58107 58108 58109 58125 58126 58127 58128 58202 58227 58228", "rejected", "EXI-001"),
    ("58114 58116 58117 58200 58201 58203 58205 58206 58207 58208 58209", "rejected", "EXI-001"),
    ("58210 58211 58212 58213 58221 58222 58224", "rejected", "EXI-001"),
)
