"""The loader ends at any of its statements: no row is missing, none is there twice or again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from snowflake.connector import SnowflakeConnection

from spotifyweb import lake as lakes
from spotifyweb.lake import BRONZE_SCHEMAS, SNAPSHOT_SCHEMAS, LocalLake
from spotifyweb.lake.compaction import UnloadedObjects
from spotifyweb.warehouse import snowflake_loader
from spotifyweb.warehouse.snowflake_builds import SnowflakeBuilds
from spotifyweb.warehouse.snowflake_loader import SnowflakeLoader
from spotifyweb.warehouse.snowflake_session import Account, query
from tests.support.compacted_lake import land

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SCHEMAS = {"likes": BRONZE_SCHEMAS["user_likes"], "erasures": SNAPSHOT_SCHEMAS["erasures"]}
LANDED = "select event_id from spotify_data_loader.landing.likes order by event_id"


class Killed(Exception):
    """The process ended here."""


def dying(statements: int) -> Callable[..., Any]:
    """Send so many statements, and die instead of the next one."""
    left = iter(range(statements))

    def send(connection: SnowflakeConnection, sql: str, params: Any = ()) -> Any:
        if next(left, None) is None:
            raise Killed
        return query(connection, sql, params)

    return send


@pytest.fixture
def account(snowflake: str) -> Account:
    account = Account.of(f"snowflake://fake:snow@fakesnow/spotify_data_loader?{snowflake}")
    empty: Any = UnloadedObjects(LocalLake(Path("/nowhere")), now=lambda: NOW)
    SnowflakeBuilds(account, lake=empty, schemas={}).begin("first", fresh=True)
    return account


@pytest.mark.slow
def test_a_load_after_one_that_was_killed_erases_what_that_one_loaded(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalLake(tmp_path)
    objects = UnloadedObjects(store, now=lambda: NOW)
    loader = SnowflakeLoader(account, lake=objects, schemas=SCHEMAS)
    kept: list[str] = []
    for statements in range(100):
        at = NOW - timedelta(hours=1) + timedelta(seconds=statements)
        land(store, [f"a{statements:03}", f"b{statements:03}"], at=at, offset=10 * statements)
        erased = {"user_id": "a", "source": None, "before": at + timedelta(milliseconds=1)}
        lakes.write_snapshot(store, "erasures", [erased])
        kept.append(f"b{statements:03}")
        monkeypatch.setattr(snowflake_loader, "query", dying(statements))
        was_killed = False
        try:
            with account.connect() as session:
                loader.load(session, fresh=False)
        except Killed:
            was_killed = True
        monkeypatch.setattr(snowflake_loader, "query", query)
        with account.connect() as session:
            loader.load(session, fresh=False)
            assert [row["event_id"] for row in query(session, LANDED)] == kept, statements
        if not was_killed:
            break
    assert not was_killed and statements > 10
