"""A published build of listens and nothing else, made without dbt, and what a saved export lacks.

DuckDB reads both: it knows nothing of how an export is written.
"""

from pathlib import Path

import duckdb

from spotifyweb.dashboards.export.formats import COLUMNS, TYPES
from spotifyweb.warehouse.duckdb import CURRENT, build_path

NAMED = "['Ljósið', 'Say \"hi\", then go', '=1+1', 'two' || chr(10) || 'lines', '日本 ☂', 'Plain']"
BEGAN = "timestamptz '2006-01-01 00:00:00Z' + to_milliseconds(i * {gap_ms})"
VALUES = {
    "event_id": "lpad(i::text, 8, '0')",
    "event_type": "if(i % 5 = 0, 'skip', 'play')",
    "track_id": "if(i % 50 = 0, 'name:' || md5((i % 900)::text), 'track' || i % 900)",
    "track_name": f"{NAMED}[1 + i % 6] || ' ' || i % 900",
    "artist_name": "'Artist ' || i % 70",
    "album_name": "if(i % 3 = 0, null, 'Album ' || i % 90)",
    "content_type": "if(i % 40 = 0, 'episode', 'track')",
    "duration_ms": "200000 + i % 1000",
    "heard_ms": "i % 200000",
}
YEAR_MS = 365 * 86_400_000


def publish_listens(folder: Path, counts: dict[str, int], *, years: int) -> Path:
    """Publish so many listens of each listener, spread over years; return the build's file."""
    path = build_path(folder, "listens")
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path), config={"threads": "1"}) as build:
        build.execute("set TimeZone = 'UTC'; create schema gold")
        listens = " union all ".join(_listens(*one, years=years) for one in counts.items())
        build.execute(f"create table gold.release_listens as {listens}")
        build.execute(
            "create table gold.daily_listening_by_device as "
            "select distinct user_id, local_date from gold.release_listens"
        )
    (folder / CURRENT).write_text("listens")
    return path


def _listens(user_id: str, count: int, *, years: int) -> str:
    began = BEGAN.format(gap_ms=years * YEAR_MS // count)
    columns = ", ".join(f"{_value(name, began)} as {name}" for name in COLUMNS)
    return (
        f"select '{user_id}' as user_id, ({began})::date as local_date, {columns} "
        f"from range({count}) as r(i)"
    )


def _value(name: str, began: str) -> str:
    """SQL for a column, also for one that the export gained since."""
    if name in VALUES:
        return VALUES[name]
    kind = str(TYPES.get(name, "string"))
    return {
        "bool": "i % 2 = 0",
        "int64": "i",
        "timestamp[ms, tz=UTC]": began,
        "timestamp[ms]": f"({began})::timestamp",
    }.get(kind, f"'{name} ' || i % 11")


NO_FORMULA = "if(left({0}::text, 1) in ('=', '+', '-', '@'), '''' || {0}, {0}::text)"
ISO = (
    "strftime({0}, '%Y-%m-%dT%H:%M:%S') || "
    "if({0} = date_trunc('second', {0}), '', strftime({0}, '.%f'))"
)
JSON_TYPES = {
    "ts": "varchar",
    "ms_played": "bigint",
    "master_metadata_track_name": "varchar",
    "spotify_track_uri": "varchar",
    "episode_name": "varchar",
    "spotify_episode_uri": "varchar",
    "shuffle": "boolean",
    "reason_end": "varchar",
}
READ = {
    "csv": "read_csv('{file}', header = true, all_varchar = true, parallel = false)",
    "json": f"read_json('{{file}}', format = 'array', columns = {JSON_TYPES})",
    "parquet": "read_parquet('{file}')",
}
AS_JSON = {
    "ts": "strftime(ended_at, '%Y-%m-%dT%H:%M:%SZ')",
    "ms_played": "heard_ms",
    "coalesce(master_metadata_track_name, episode_name)": "track_name",
    "coalesce(spotify_track_uri, spotify_episode_uri)": "if(track_id like 'name:%', null, "
    "'spotify:' || content_type || ':' || track_id)",
    "shuffle": "shuffle",
    "reason_end": "reason_end",
}


def differences(saved: Path, build: Path, kind: str, *, user_id: str) -> list[str]:
    """Rows that only the saved file or only the build has of a listener, counting repeated ones."""
    pairs = {"csv": _csv_pairs(), "json": AS_JSON, "parquet": {name: name for name in COLUMNS}}
    columns = pairs[kind]
    file = f"select {', '.join(columns)} from {READ[kind].replace('{file}', str(saved))}"
    source = f"select {', '.join(columns.values())} from build.gold.release_listens"
    source += f" where user_id = '{user_id}'"
    with duckdb.connect() as shell:
        shell.execute(f"set TimeZone = 'UTC'; attach '{build}' as build (read_only)")
        only = [f"({one} except all {other})" for one, other in ((file, source), (source, file))]
        return [str(row) for half in only for row in shell.execute(f"{half} limit 3").fetchall()]


def _csv_pairs() -> dict[str, str]:
    def text(name: str) -> str:
        kind = str(TYPES.get(name, "string"))
        if kind == "bool":
            return f"if({name}, 'True', 'False')"
        if kind.startswith("timestamp"):
            return ISO.format(name) + (" || '+00:00'" if "UTC" in kind else "")
        return NO_FORMULA.format(name) if kind == "string" else f"{name}::text"

    return {name: f"{text(name)} as {name}" for name in COLUMNS}
