"""What pages remember is of one listener and one build."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest

from bench.harness.lakehouse import Lakehouse
from spotifyweb import clients
from spotifyweb.dashboards import query_cache
from spotifyweb.dashboards.query_cache import CachedWarehouse
from spotifyweb.warehouse import Build, NothingPublished, Row
from spotifyweb.warehouse.duckdb import CURRENT
from tests.conftest import listener
from tests.dashboards.conftest import shown

MAY = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass
class Counting:
    """A warehouse that answers with its build and how often it was asked."""

    build: Build | None
    asked: int = 0
    many: int = 1
    meanwhile: Callable[[], None] = field(default=lambda: None)

    def published(self) -> Build | None:
        return self.build

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        if self.build is None:
            raise NothingPublished("nothing yet")
        self.asked += 1
        answer = {"build": self.build.build_id, "asked": self.asked, "params": list(params)}
        self.meanwhile()
        return [answer] * self.many

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        return pa.Table.from_pylist(self.rows(sql, params))

    def pinned(self) -> "Counting":
        return replace(self)

    def close(self) -> None:
        self.asked = -1


@pytest.fixture
def warehouse() -> Counting:
    return Counting(Build(build_id="one", published_at=MAY))


def test_an_answer_is_kept_for_its_build_listener_and_question(warehouse: Counting) -> None:
    alices = CachedWarehouse(warehouse=warehouse, user_id="alice")
    first = alices.rows("select ?", [1])
    assert alices.rows("select ?", [1]) == alices.pinned().rows("select ?", [1]) == first
    others = [
        alices.rows("select ?", [2]),
        alices.rows("select ? + 0", [1]),
        CachedWarehouse(warehouse=warehouse, user_id="bob").rows("select ?", [1]),
    ]
    warehouse.build = Build(build_id="two", published_at=MAY)
    others.append(alices.rows("select ?", [1]))
    assert [rows[0]["asked"] for rows in others] == [2, 3, 4, 5]
    assert others[-1][0]["build"] == "two"


@pytest.mark.parametrize(("minutes_between_builds", "seconds"), [(5, 3600), (360, 21_600)])
def test_an_answer_is_kept_until_the_next_build_and_for_an_hour_at_least(
    warehouse: Counting, settings: Any, minutes_between_builds: int, seconds: int
) -> None:
    settings.TRANSFORM_MIN_MINUTES = minutes_between_builds
    CachedWarehouse(warehouse=warehouse, user_id="alice").rows("select 1")
    client = clients.redis_client()
    [key] = client.scan_iter(match="*gold:alice:one:*")
    assert seconds - 60 < cast("int", client.ttl(key)) <= seconds


@pytest.mark.parametrize("rows", [[], [{"day": MAY, "plays": 3}, {"day": None, "plays": 0}]])
def test_rows_survive_the_cache(rows: list[Row]) -> None:
    assert query_cache.to_rows(query_cache.to_columns(rows)) == rows


def test_what_a_newer_build_may_have_answered_is_not_kept(warehouse: Counting) -> None:
    newer = Build(build_id="two", published_at=MAY)
    warehouse.meanwhile = lambda: setattr(warehouse, "build", newer)
    alices = CachedWarehouse(warehouse=warehouse, user_id="alice")
    alices.rows("select 1")
    warehouse.build = Build(build_id="one", published_at=MAY)
    alices.rows("select 1")
    assert warehouse.asked == 2


@pytest.mark.parametrize(("many", "asked"), [(5000, 1), (5001, 2)])
def test_a_long_answer_is_an_export(warehouse: Counting, many: int, asked: int) -> None:
    warehouse.many = many
    alices = CachedWarehouse(warehouse=warehouse, user_id="alice")
    assert len(alices.rows("select 1")) == len(alices.rows("select 1")) == many
    assert warehouse.asked == asked


def test_who_asks_for_everything_is_answered_and_not_remembered(
    warehouse: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_cache, "ROWS_CACHED", 2 * query_cache.MIN_ROWS_COUNTED)
    alices = CachedWarehouse(warehouse=warehouse, user_id="alice")
    for _ in range(2):
        for number in range(3):
            alices.rows("select ?", [number])
    assert warehouse.asked == 4, "the third had no room"
    CachedWarehouse(warehouse=warehouse, user_id="bob").rows("select 1")
    CachedWarehouse(warehouse=warehouse, user_id="bob").rows("select 1")
    assert warehouse.asked == 5, "and took nothing of bob's"


def test_before_the_first_build_nothing_is_remembered(warehouse: Counting) -> None:
    warehouse.build = None
    with pytest.raises(NothingPublished):
        CachedWarehouse(warehouse=warehouse, user_id="alice").rows("select 1")


@pytest.mark.django_db
def test_a_page_shows_each_build_as_it_is_published(
    house: Lakehouse, tmp_path: Path, settings: Any
) -> None:
    sql = "select cast(sum(plays) as integer) as n from gold.daily_listening_by_device"
    sql += " where user_id = 'kavya' and content_type = 'track'"
    plays = {build: house.table(build, sql)[0]["n"] for build in ("first", "later")}
    assert plays["first"] < plays["later"]
    (tmp_path / "builds").symlink_to(house.warehouse / "builds")
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}"
    clients.warehouse.cache_clear()
    kavya = listener("kavya", timezone="Asia/Kolkata")
    for build in ("first", "first", "later", "later", "first"):
        (tmp_path / CURRENT).write_text(build)
        assert shown(kavya, "/")["totals"].plays == plays[build]
