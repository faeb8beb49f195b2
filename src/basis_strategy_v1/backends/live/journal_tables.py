"""The journal's tables. Types are the few that SQLite and PostgreSQL share; amounts are text, times are ns UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint

SCHEMA_VERSION = 1

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("config_sha256", Text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    UniqueConstraint("mode", "environment", "label"),
)

instructions = Table(
    "instructions",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("instruction_id", Text, primary_key=True),
    Column("timestamp", BigInteger, nullable=False),
    Column("instruction", Text, nullable=False),
    Column("sent", Boolean, nullable=False),
    Column("outcome", Text),
    Column("deltas", Text),
    Column("error_code", Text),
)

submissions = Table(
    "submissions",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("venue", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("filled", Text, nullable=False),
    Column("booked", Text, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("submission", Text, nullable=False),
    Index("submissions_by_state", "run_id", "state"),
)
"""``booked`` is how much of ``filled`` the books have, both in one normal form, so that they compare as text."""

fills = Table(
    "fills",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("venue", Text, primary_key=True),
    Column("trade_type", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("trade_id", Text, primary_key=True),
    Column("booking_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("price", Text, nullable=False),
    Column("fee", Text, nullable=False),
    Column("fee_asset", Text, nullable=False),
)
"""Trade ids are unique per instrument of a venue only."""

bookings = Table(
    "bookings",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("booking_id", Text, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("booking", Text, nullable=False),
    Column("pnl", Text, nullable=False),
    UniqueConstraint("run_id", "booking_id"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

trading_states = Table(
    "trading_states",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("run_id", Text, nullable=False, index=True),
    Column("timestamp", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("closing", Text, nullable=False),
    Column("halted_at", BigInteger),
    Column("reason", Text, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("run_id", Text, nullable=False, index=True),
    Column("timestamp", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("done", Boolean, nullable=False),
)

flows = Table(
    "flows",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("flow_id", Text, primary_key=True),
    Column("timestamp", BigInteger, nullable=False),
    Column("location", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("amount", Text, nullable=False),
)
