"""A lifetime of plays behind the pages: five listeners, the heaviest with 43 % of all plays.

Built by dbt as the product builds, and kept in the temporary folder until the models change: four
benches read it, each in a process of its own.
"""

import hashlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from spotifyweb import lake as lakes
from tests.dbt.house import House

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
HEAVY = "listener-0"
# Twelve years. 80,000 tracks of which few are played often; no two plays of a listener at once.
HISTORY = """
    with plays as (
        select *, case when i % 100 < 43 then 0 else 1 + i % 4 end as listener
        from range({plays}) as plays (i)
    )
    select
        md5(i::varchar) as event_id,
        'listener-' || listener as user_id,
        case when i % 17 = 0 then 'skip' else 'play' end as event_type,
        timestamptz '2014-11-22' + to_milliseconds(i * {every_ms}) as played_at,
        printf('%022d', (80000 * pow(hash(i) % 100000 / 100000.0, 3))::bigint) as track_id,
        'Song ' || track_id as track_name,
        'Artist ' || hash(track_id) % 8000 as artist_name,
        'Album ' || hash(track_id) % 16000 as album_name,
        ['Computer', 'Smartphone', 'Speaker'][1 + (i // 100 + i) % 3] as device_type,
        'track' as content_type,
        'extended_history' as source,
        case when i % 17 = 0 then 9000 else 30000 + hash(i, 1) % 200000 end::bigint as ms_played,
        false as skipped,
        timestamptz '2026-11-22' as landed_at,
        0 as log_partition,
        printf('%010d', i) as log_offset
    from plays
"""
TWELVE_YEARS_MS = 378_000_000_000


def warehouse(plays: int) -> Path:
    """The folder of a warehouse with so many plays."""
    kept = Path(tempfile.gettempdir()) / f"bench-pages-{plays}-{_models()}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(prefix="bench-pages-building-") as name:
            house = House(folder=Path(name))
            _fill(house, plays)
            house.build("whole", now=NOW, full_refresh=True)
            shutil.copytree(house.warehouse, kept)
    return kept


def _fill(house: House, plays: int) -> None:
    lakes.ensure_datasets(house.lake)
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        sql = HISTORY.format(plays=plays, every_ms=TWELVE_YEARS_MS // plays)
        engine.execute(f"create table history as {sql}")
        for dataset in ("plays", "skips"):
            rows = engine.execute(
                "select * from history where event_type || 's' = ?", [dataset]
            ).fetch_arrow_table()
            key = lakes.bronze_key(dataset, landed_at=NOW, partition=0, first_offset="0")
            lakes.write_table(house.lake, key, rows)


def _models() -> str:
    digest = hashlib.sha256(HISTORY.encode())
    for path in sorted((ROOT / "dbt").rglob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def logged_in(folder: Path) -> "Callable[[str], bytes]":
    """A browser without a network: the page's bytes for an address, as the heavy listener."""
    from django.conf import settings
    from django.test import Client

    from spotifyweb import clients
    from spotifyweb.accounts.models import Listener

    settings.WAREHOUSE_URL = f"duckdb:///{folder}"
    settings.WHITENOISE_USE_FINDERS = True
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    clients.warehouse.cache_clear()
    listener, _ = Listener.objects.get_or_create(
        user_id=HEAVY, defaults={"timezone": "Europe/Berlin"}
    )
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(listener)

    def page(address: str) -> bytes:
        response = browser.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
        return bytes(response.content)

    return page


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def p95(numbers: list[float]) -> float:
    return statistics.quantiles(numbers, n=20)[-1] if len(numbers) > 1 else numbers[0]
