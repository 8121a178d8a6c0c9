"""A listener leaves a house with a history: no byte of their id is left, in no file at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spotifyweb.sandbox.people import person
from tests.engines.test_story import House
from tests.machine import free_port, start_valkey

pytestmark = pytest.mark.engines

WHO, OTHER = person(0).account_id, person(1).account_id
LATER = (
    "from datetime import timedelta; from django.utils import timezone; "
    "from spotifyweb.accounts import erasing; from ingestion import tasks; "
    "assert erasing.finish(now=timezone.now() + timedelta(minutes=5)) == 1; "
    "tasks.transform(full_refresh=True); "
    "from django.db import connection; "
    "connection.cursor().execute('pragma wal_checkpoint(truncate)')"
)


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    place, port = folder / "leaving", free_port()
    (place / "valkey").mkdir(parents=True)
    valkey = start_valkey(place / "valkey", port)
    redis = f"redis://127.0.0.1:{port}/0"
    sqlite = f"sqlite:///{place}/db.sqlite3"
    yield House(place, REDIS_URL=redis, EVENT_LOG_URL=redis, DATABASE_URL=sqlite)
    valkey.kill()
    valkey.wait()


def holding(house: House, user_id: str) -> list[str]:
    place = Path(house.environment["DATA_DIR"])
    files = [file for file in place.rglob("*") if file.is_file()]
    return [str(file.relative_to(place)) for file in files if user_id.encode() in file.read_bytes()]


def test_no_file_holds_who_left(house: House) -> None:
    house.manage("migrate", "-v", "0")
    house.manage("simulate", "--users", "2", "--days", "3", "--seed", "1", "--json")
    house.manage("pipeline", "--json")
    assert {place.split("/")[0] for place in holding(house, WHO)} >= {"lake", "warehouse"}

    removed = house.manage("erase_listener", WHO, "--json")["removed"]
    house.manage("shell", "-v", "0", "-c", LATER)

    assert removed["rows in the lake"] > 10
    assert holding(house, WHO) == []
    assert "warehouse" in {place.split("/")[0] for place in holding(house, OTHER)}
    plays = house.rows("select distinct user_id from silver.silver_plays")
    assert plays == [{"user_id": OTHER}]
