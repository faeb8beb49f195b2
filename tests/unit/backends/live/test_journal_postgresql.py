"""What a PostgreSQL server may be set to, and a journal on it must not be."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, func, literal_column, make_url, select, text

from basis_strategy_v1.backends.live.journal_database import JournalDatabase
from postgres import postgres_server

SETTING = select(func.current_setting(literal_column("'synchronous_commit'")).label("setting"))


def test_a_commit_is_on_disk_when_it_returns_whatever_the_server_is_set_to() -> None:
    with postgres_server() as address:
        if address is None:
            pytest.skip("no PostgreSQL on this machine")
        admin = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
        for setting, kept in (("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")):
            with admin.begin() as session:
                session.execute(text(f"ALTER ROLE CURRENT_USER SET synchronous_commit = {setting}"))
            database = JournalDatabase(address)
            with database.transaction() as transaction:
                assert transaction.scalar(SETTING, {}) == kept
            database.close()
        admin.dispose()
