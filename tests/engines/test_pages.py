"""What pages and API answer from Snowflake's double is what they answer from DuckDB."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlglot
from django.test import Client
from django.utils import timezone

from bench.harness.processes import free_port, start_valkey
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.models import ExclusionRule, HouseholdMember
from spotifyweb.sandbox.listeners.people import person
from spotifyweb.warehouse import Row
from spotifyweb.warehouse.dialect import to_snowflake
from spotifyweb.warehouse.duckdb import DuckDBWarehouse
from tests.dashboards.test_api import PATHS
from tests.dashboards.test_navigation import PAGES
from tests.engines.test_story import UNTIL, House
from tests.support.snowflake_sql import all_faults

pytestmark = [
    pytest.mark.engines,
    pytest.mark.django_db,
    # the double's sums are floats, Snowflake's are integers: see OF_THE_DOUBLE
    pytest.mark.filterwarnings("ignore:Plural value must be an integer:DeprecationWarning"),
]

WHO, MATE = person(0).account_id, person(1).account_id
FILTERS = [
    "",
    "range=30d&podcasts=with",
    f"from={UNTIL:%Y}-05-10&to={UNTIL:%Y}-05-20&skips=1",
    "device=Smartphone&min_ms=30000",
    "source=simulation&rules=0",
]
ASPECTS = ("device_type", "platform", "reason_start", "reason_end", "shuffle", "offline")
KEYS = ("track_id", "artist_name", "album_name")
ITEMS = (
    "tracks/{track_id}",
    "artist?name={artist_name}",
    "album?artist={artist_name}&name={album_name}",
)


@pytest.fixture(scope="module")
def warehouses(folder: Path, fake_snowflake: str) -> Iterator[dict[str, str]]:
    """The same events in both."""
    place, port = folder / "pages", free_port()
    (place / "valkey").mkdir(parents=True)
    valkey = start_valkey(place / "valkey", port)
    redis = f"redis://127.0.0.1:{port}/0"
    environment = {
        "REDIS_URL": redis,
        "EVENT_LOG_URL": redis,
        "DATABASE_URL": f"sqlite:///{place}/db.sqlite3",
    }
    snowflake = fake_snowflake.replace("/house?", "/pages?")
    house = House(place, **environment)
    house.manage("migrate", "-v", "0")
    window = ["--days", "25", "--until", UNTIL.isoformat()]
    house.manage("simulate", "--users", "2", "--seed", "3", *window, "--json")
    house.manage("pipeline", "--json")
    House(place, **environment, WAREHOUSE_URL=snowflake).manage("transform", "--json")
    yield {"duckdb": f"duckdb:///{place}/warehouse", "snowflake": snowflake}
    valkey.kill()
    valkey.wait()


@pytest.fixture
def browser(db: None) -> Client:
    """Somebody of the house with rules of every kind, in a zone of half an hour."""
    fields = {"connection": Connection.CONNECTED, "timezone": "Asia/Kolkata"}
    me, mate = (
        Listener.objects.create(user_id=who, display_name=name, **fields)
        for who, name in ((WHO, "Me"), (MATE, "Mate"))
    )
    for one in (me, mate):
        HouseholdMember.objects.create(listener=one, joined_at=UNTIL)
    rules = {"track": "t", "artist": "nobody", "album": "none", "playlist": "x", "device": "y"}
    for kind, value in (rules | {"hours": "2-4"}).items():
        ExclusionRule.objects.create(listener=me, kind=kind, value=value)
    client = Client()
    client.force_login(me)
    return client


def test_both_answer_alike(
    warehouses: dict[str, str], browser: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = timezone.now()  # axes end now: seconds later they are another page
    monkeypatch.setattr(timezone, "now", lambda: moment)
    told = {name: answers(browser, url, settings) for name, url in warehouses.items()}
    different = [
        address for address, said in told["duckdb"].items() if told["snowflake"][address] != said
    ]
    assert not different, "\n".join(where_they_part(told, address) for address in different)
    assert all(status in (200, 302) for status, _ in told["duckdb"].values())
    assert len(told["duckdb"]) > 100


def test_each_statement_of_the_pages_has_the_same_rows_on_both(
    warehouses: dict[str, str], browser: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: dict[str, tuple[object, ...]] = {}
    rows_of = DuckDBWarehouse.rows

    def record(self: DuckDBWarehouse, sql: str, params: Sequence[object] = ()) -> list[Row]:
        statements.setdefault(sql, tuple(params))
        return rows_of(self, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(DuckDBWarehouse, "rows", record)
        answers(browser, warehouses["duckdb"], settings)
    assert len(statements) > 150
    for sql in statements:
        tables = sqlglot.parse_one(sql, read="duckdb").find_all(sqlglot.exp.Table)
        assert {table.db for table in tables} <= {"gold", ""}, sql
    assert all_faults(to_snowflake(sql) for sql in statements) == {}
    rows: list[list[list[str]]] = []
    for url in warehouses.values():
        settings.WAREHOUSE_URL = url
        clients.warehouse.cache_clear()
        rows.append([sorted_rows(sql, params) for sql, params in statements.items()])
        clients.warehouse().close()
    clients.warehouse.cache_clear()
    pairs = zip(statements, *rows, strict=True)
    different = [sql for sql, here, there in pairs if here != there and "build_info" not in sql]
    assert different == []


def sorted_rows(sql: str, params: Sequence[object]) -> list[str]:
    """As text: statements may leave the order of their rows open."""
    rows = clients.warehouse().rows(sql, params)
    return sorted(
        str([(key, OF_THE_DOUBLE.sub("", str(value))) for key, value in row.items()])
        for row in rows
    )


def where_they_part(told: dict[str, dict[str, tuple[int, str]]], address: str) -> str:
    texts = [said[address][1] for said in told.values()]
    place = next((n for n, pair in enumerate(zip(*texts, strict=False)) if len(set(pair)) > 1), 0)
    return f"{address}: {[text[max(0, place - 60) : place + 60] for text in texts]}"


def answers(browser: Client, url: str, settings: Any) -> dict[str, tuple[int, str]]:
    """By address."""
    settings.WAREHOUSE_URL = url
    clients.warehouse.cache_clear()
    found = {address: answer(browser, address) for address in addresses()}
    clients.warehouse().close()
    clients.warehouse.cache_clear()
    return found


# What differs between two builds of the same events: when they were made, and forms' tokens.
OF_THE_BUILD = re.compile(
    r'((?:csrfmiddlewaretoken|once)" value="[\w-]+"|data-build="[^"]+"|"as_of":"[^"]+"'
    r'|<time datetime="[^"]+">[^<]+</time>\.'
    r"|<code>\d{8}T[\w-]+</code>, published [^(]+)"
)


# The double says that a sum of integers is a double; Snowflake itself says NUMBER(38, 0).
OF_THE_DOUBLE = re.compile(r"(?<=\d)\.0(?!\d)")


def answer(browser: Client, address: str) -> tuple[int, str]:
    response = browser.get(address)
    text = OF_THE_BUILD.sub("", response.content.decode())
    return response.status_code, OF_THE_DOUBLE.sub("", text)


def addresses() -> Iterator[str]:
    mate = members.handle(Listener.objects.get(user_id=MATE))
    known = clients.warehouse().rows(
        "select tracks.* from gold.tracks as tracks"
        " inner join gold.user_tracks as known on known.track_id = tracks.track_id"
        " where known.user_id = ? order by known.plays desc, tracks.track_id limit 1",
        [WHO],
    )[0]
    items = [item.format(**{name: quote(str(known[name])) for name in KEYS}) for item in ITEMS]
    year = [f"year/{UNTIL.year}", f"compare?with={mate}", *(f"reasons/{a}" for a in ASPECTS)]
    paths = [path for path in PATHS if "name=" not in path and "year" not in path]
    pages = [page for page in PAGES if "artist" not in page and "year" not in page]
    for filters in FILTERS:
        for path in [*paths, *items, *year]:
            yield f"/api/v1/stats/{path}{'&' if '?' in path else '?'}{filters}"
    for filters in FILTERS[:2]:
        for page in pages:
            yield f"{page}{'&' if '?' in page else '?'}{filters}"
    yield f"/year/{UNTIL.year}/"
    yield f"/year/{UNTIL.year}/card.svg"
    for item in items:
        yield f"/{item.replace('?', '/?') if '?' in item else f'{item}/'}"
