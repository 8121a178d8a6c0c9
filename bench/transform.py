"""`transform`: dbt's build of everything on 1,000,000 plays against the same SQL in DuckDB alone.

The SQL is what dbt itself compiled, models and tests, in the order in which dbt finished them. The
limit is that SQL plus dbt's fixed start, measured as a build of the bronze views only.

`small_build`: processor time of a build with a dozen new plays over 112,000, as most builds are,
one model at once as on an install. Its baseline is a build of the bronze views alone, the same for
any SQL.
"""

import json
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from bench.harness.lakehouse import Lakehouse
from ingestion.pipeline import dbt_runner
from spotifyweb import lake as lakes
from spotifyweb.warehouse.duckdb import FILE

PLAYS = 1_000_000
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
GOAL = 1.5
OLD_PLAYS, NEW_PLAYS, REPEATS = 112_000, 12, 3
SMALL_GOAL_SECONDS = 12

# five listeners, 80,000 tracks of which few are played often, no two plays of a listener at once
HISTORY = """
    select
        md5(i::varchar) as event_id,
        'listener-' || i % 5 as user_id,
        'play' as event_type,
        timestamptz '2018-01-01' + to_milliseconds(i * 260000) as played_at,
        printf('%022d', (80000 * pow(hash(i) % 100000 / 100000.0, 3))::bigint) as track_id,
        'Song ' || track_id as track_name,
        'Artist ' || hash(track_id) % 8000 as artist_name,
        'Album ' || hash(track_id) % 16000 as album_name,
        ['Computer', 'Smartphone', null][1 + i % 3] as device_type,
        'track' as content_type,
        'extended_history' as source,
        (30000 + hash(i, 1) % 200000)::bigint as ms_played,
        false as skipped,
        timestamptz '2026-11-22' as landed_at,
        0 as log_partition,
        printf('%010d', i) as log_offset
    from range({plays}) as plays (i)
"""


def measure() -> Iterator[dict[str, Any]]:
    yield from _measure_whole()
    yield from _measure_small()


def _measure_whole() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bench-transform-") as name:
        lakehouse = Lakehouse(folder=Path(name))
        _fill(lakehouse, plays=PLAYS)
        start = _seconds(lakehouse, "start", select=["bronze"])
        whole = _seconds(lakehouse, "whole")
        straight = _straight(lakehouse)
        ratio = (whole - start) / straight
        yield {
            "bench": "transform",
            "value": round(whole, 2),
            "unit": f"seconds for {PLAYS:,} plays, {start:.1f} of them dbt's start",
            "baseline": f"the same SQL in DuckDB alone: {straight:.2f} s",
            "ratio": round(ratio, 2),
            "goal": GOAL,
            "holds": ratio <= GOAL,
        }


def _measure_small() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bench-small-build-") as name:
        lakehouse = Lakehouse(folder=Path(name), threads=settings.TRANSFORM_THREADS)
        _fill(lakehouse, plays=OLD_PLAYS)
        _processor_seconds(lakehouse, 0, full_refresh=True)
        start = _processor_seconds(lakehouse, 1, select=["bronze"])
        small = min(_small_build(lakehouse, 2 + number) for number in range(REPEATS))
    yield {
        "bench": "small_build",
        "value": round(small, 2),
        "unit": f"processor seconds, {NEW_PLAYS} new plays over {OLD_PLAYS:,}, best of {REPEATS}",
        "baseline": f"bronze views alone: {start:.2f} s",
        "ratio": round(small / start, 2),
        "goal": SMALL_GOAL_SECONDS,
        "holds": small <= SMALL_GOAL_SECONDS,
    }


def _fill(lakehouse: Lakehouse, *, plays: int) -> None:
    """Land that many plays of five listeners in one object."""
    lakes.ensure_datasets(lakehouse.lake)
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        history = engine.execute(HISTORY.format(plays=plays)).fetch_arrow_table()
    key = lakes.bronze_key("plays", landed_at=NOW, partition=0, first_offset="0")
    lakes.write_table(lakehouse.lake, key, history)


def _seconds(lakehouse: Lakehouse, build_id: str, *, select: list[str] | None = None) -> float:
    environment = lakehouse.builds.begin(build_id, fresh=True)
    began = time.perf_counter()
    report = dbt_runner.build(
        target="duckdb",
        environment={**environment, "DBT_BUILD_ID": build_id, "DBT_DUCKDB_MEMORY": "3GB"},
        as_of=NOW,
        folder=lakehouse.folder / "dbt",
        full_refresh=True,
        select=select or [],
    )
    assert not report.failures, report.summary
    return time.perf_counter() - began


def _straight(lakehouse: Lakehouse) -> float:
    """Run what dbt compiled, statement by statement.

    The file is called like dbt's, because compiled SQL names its database.
    """
    target = lakehouse.folder / "dbt" / "target"
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    results = json.loads((target / "run_results.json").read_text())["results"]
    folder = lakehouse.folder / "straight"
    folder.mkdir()
    began = time.perf_counter()
    with duckdb.connect(str(folder / FILE), config={"memory_limit": "3GB"}) as engine:
        engine.execute(
            "set TimeZone = 'UTC'; set threads = 2; set preserve_insertion_order = false"
        )
        for layer in ("bronze", "silver", "gold"):
            engine.execute(f"create schema {layer}")
        for result in results:
            node = nodes.get(result["unique_id"])
            if node and result.get("compiled_code"):
                engine.execute(_statement(node, result["compiled_code"]))
    return time.perf_counter() - began


def _statement(node: dict[str, Any], sql: str) -> str:
    if node["resource_type"] == "operation":
        return sql
    if node["resource_type"] != "model":
        return f"select count(*) from ({sql})"
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    return f"create {kind} {node['relation_name']} as {sql}"


def _small_build(lakehouse: Lakehouse, number: int) -> float:
    at = NOW + timedelta(minutes=10 * number)
    lakehouse.land("plays", [_play(number, i) for i in range(NEW_PLAYS)], at=at)
    return _processor_seconds(lakehouse, number)


def _play(number: int, position: int) -> dict[str, Any]:
    """Return one of a dozen plays of tracks that the listener has played often."""
    ended_at = NOW + timedelta(minutes=10 * number, seconds=45 * position - 600)
    return {
        "event_id": f"new-{number}-{position}",
        "user_id": "listener-0",
        "event_type": "play",
        "played_at": ended_at,
        "track_id": f"{position:022}",
        "track_name": f"Song {position:022}",
        "artist_name": "Artist 1",
        "album_name": "Album 1",
        "ms_played": 40_000,
        "source": "player",
        "content_type": "track",
    }


def _processor_seconds(
    lakehouse: Lakehouse, number: int, *, full_refresh: bool = False, select: Sequence[str] = ()
) -> float:
    """Return what the process of dbt used, in user and in system mode."""
    before = _of_children()
    lakehouse.build(
        f"build-{number}",
        now=NOW + timedelta(minutes=10 * number + 1),
        full_refresh=full_refresh,
        select=select,
        counts_bronze=full_refresh,  # once a day
    )
    return _of_children() - before


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
