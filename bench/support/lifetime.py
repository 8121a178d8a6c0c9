"""A lifetime of plays behind the pages: five listeners, the heaviest with 43 % of all plays.

Built by dbt as the product builds, and kept in the temporary folder until the models change: four
benches read it, each in a process of its own.
"""

import contextlib
import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from spotifyweb import lake as lakes

if TYPE_CHECKING:  # it reads the settings when it is imported: after `isolated_environment`
    from bench.harness.lakehouse import Lakehouse

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
LISTENERS = [hashlib.sha256(f"listener {n}".encode()).hexdigest()[:28] for n in range(5)]
HEAVY = LISTENERS[0]
# Twelve years. 80,000 tracks, each played now and then and few of them often; no two plays of a
# listener at once.
HISTORY = """
    with plays as (
        select *, case when i % 100 < 43 then 0 else 1 + i % 4 end as listener
        from range({plays}) as plays (i)
    )
    select
        md5(i::varchar) as event_id,
        left(sha256('listener ' || listener), 28) as user_id,
        case when i % 17 = 0 then 'skip' else 'play' end as event_type,
        timestamptz '2014-11-22' + to_milliseconds(i * {every_ms}) as played_at,
        printf('%022d', case when i % 11 = 0 then i // 11 % 80000
            else (80000 * pow(hash(i) % 100000 / 100000.0, 3))::bigint end) as track_id,
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
DBT_STARTS_SECONDS = 6  # until it has read its project and asks DuckDB


def lakehouse_of(plays: int) -> "Lakehouse":
    """Return a lake with so many plays, and the warehouse that dbt made of it."""
    from bench.harness.lakehouse import Lakehouse

    folder = Path(tempfile.gettempdir()) / f"bench-pages-{plays}-{_models()}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(prefix="bench-pages-building-") as name:
            made = Lakehouse(folder=Path(name))
            _fill(made, plays)
            made.build("whole", now=NOW, full_refresh=True)
            shutil.rmtree(made.folder / "dbt")
            shutil.copytree(made.folder, folder)
    return Lakehouse(folder=folder)


@contextlib.contextmanager
def keep_building(lakehouse: "Lakehouse") -> Iterator[None]:
    """Rebuild everything meanwhile, again and again, without publishing."""
    is_over = threading.Event()

    def build() -> None:
        while not is_over.is_set():
            with tempfile.TemporaryDirectory(prefix="bench-pages-dbt-") as folder:
                _build(lakehouse, Path(folder), is_over)

    thread = threading.Thread(target=build)
    thread.start()
    time.sleep(DBT_STARTS_SECONDS)
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        lakehouse.builds.clean()


class _BuildStopped(Exception):
    """The build is no longer needed."""


def _build(lakehouse: "Lakehouse", folder: Path, is_over: threading.Event) -> None:
    from ingestion.pipeline import dbt_runner

    def go_on(*_: object) -> None:
        if is_over.is_set():
            raise _BuildStopped

    with contextlib.suppress(_BuildStopped):
        dbt_runner.build(
            target="duckdb",
            environment={**lakehouse.builds.begin("again", fresh=True), "DBT_BUILD_ID": "again"},
            as_of=NOW,
            folder=folder,
            full_refresh=True,
            progress=go_on,
        )


def _fill(lakehouse: "Lakehouse", plays: int) -> None:
    lakes.ensure_datasets(lakehouse.lake)
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        sql = HISTORY.format(plays=plays, every_ms=TWELVE_YEARS_MS // plays)
        engine.execute(f"create table history as {sql}")
        for dataset in ("plays", "skips"):
            rows = engine.execute(
                "select * from history where event_type || 's' = ?", [dataset]
            ).fetch_arrow_table()
            key = lakes.bronze_key(dataset, landed_at=NOW, partition=0, first_offset="0")
            lakes.write_table(lakehouse.lake, key, rows)


def _models() -> str:
    digest = hashlib.sha256(HISTORY.encode())
    for path in sorted((ROOT / "dbt").rglob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
