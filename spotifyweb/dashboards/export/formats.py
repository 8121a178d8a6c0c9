"""The export of all plays and skips in three formats, month by month to bound the memory."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from itertools import chain
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.models import (
    Correction,
    ExclusionRule,
    HouseholdMember,
    Separation,
    ShareLink,
)
from spotifyweb.dashboards.time_buckets import Buckets, next_start
from spotifyweb.warehouse import Row, Warehouse

Encode = Callable[[Iterator[list[Row]]], Iterator[bytes]]

COLUMNS = [
    "event_id",
    "event_type",
    "track_id",
    "track_name",
    "artist_id",
    "artist_name",
    "album_id",
    "album_name",
    "duration_ms",
    "heard_ms",
    "started_at",
    "ended_at",
    "local_at",
    "device_type",
    "device_name",
    "platform",
    "content_type",
    "context",
    "isrc",
    "source",
    "sources",
    "skipped",
    "shuffle",
    "offline",
    "reason_start",
    "reason_end",
]
MONTH = f"""
    select {", ".join(COLUMNS)} from gold.release_listens
    where user_id = ? and local_date >= ? and local_date < ? order by ended_at, event_id
"""
SPAN = """
    select min(local_date) as first, max(local_date) as last
    from gold.daily_listening_by_device where user_id = ?
"""
TYPES = {
    "started_at": pa.timestamp("ms", tz="UTC"),
    "ended_at": pa.timestamp("ms", tz="UTC"),
    "local_at": pa.timestamp("ms"),
    "duration_ms": pa.int64(),
    "heard_ms": pa.int64(),
    "skipped": pa.bool_(),
    "shuffle": pa.bool_(),
    "offline": pa.bool_(),
}
# Spreadsheets skip blanks and line breaks before a formula, and read full-width signs as signs.
FORMULA = re.compile(r"[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
SCHEMA = pa.schema([(name, TYPES.get(name, pa.string())) for name in COLUMNS])


def plays_by_month(warehouse: Warehouse, user_id: str) -> Iterator[list[Row]]:
    """Yield every play and skip of one build, a month at a time, oldest first."""
    warehouse = warehouse.pinned()
    span = warehouse.rows(SPAN, [user_id])[0]
    if span["first"] is None:
        return
    period = Period(first=span["first"].replace(day=1), last=span["last"])
    for month in Buckets(period=period, step="month").dates:
        if rows := warehouse.rows(MONTH, [user_id, month, _next_month(month)]):
            yield rows


def as_csv(rows: Iterator[list[Row]]) -> Iterator[bytes]:
    """Yield the export as CSV, in UTF-8 with the mark by which Excel knows it."""
    yield codecs.BOM_UTF8 + _csv_lines([COLUMNS])
    for month in rows:
        yield _csv_lines([[_cell(row[name]) for name in COLUMNS] for row in month])


def as_json(rows: Iterator[list[Row]]) -> Iterator[bytes]:
    """Yield the export in the format of Spotify's extended history, which can be imported again."""
    opening = b"[\n"
    for month in rows:
        yield opening + b",\n".join(orjson.dumps(_spotify_record(row)) for row in month)
        opening = b",\n"
    yield b"[]\n" if opening == b"[\n" else b"\n]\n"


def as_parquet(rows: Iterator[list[Row]]) -> Iterator[bytes]:
    """Yield the export as Parquet, by way of a file, since its index stands at the end."""
    with TemporaryFile() as file:
        with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
            for month in rows:
                writer.write_table(pa.Table.from_pylist(month, schema=SCHEMA))
        yield from _chunks(file)


SPOTIFY_KEYS = {
    "track": (
        "master_metadata_track_name",
        "master_metadata_album_artist_name",
        "master_metadata_album_album_name",
        "spotify_track_uri",
    ),
    "episode": ("episode_name", "episode_show_name", "spotify_episode_uri"),
    "chapter": ("audiobook_chapter_title", "audiobook_title", "audiobook_chapter_uri"),
}
SPOTIFY_NAMES = tuple(chain.from_iterable(SPOTIFY_KEYS.values()))
FORMATS: dict[str, tuple[Encode, str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "json": (as_json, "application/json"),
    "parquet": (as_parquet, "application/vnd.apache.parquet"),
}


def decisions(listener: Listener) -> dict[str, list[dict[str, Any]]]:
    """Return the decisions of a listener, which belong to the export too."""
    of_listener = {"listener": listener}
    corrections = ("kind", "action", "subject", "other", "decided_at")
    separations = ("first_event_id", "second_event_id", "decided_at")
    links = ("title", "pages", "query", "created_at", "expires_at", "revoked_at", "views")
    return {
        "rules": list(
            ExclusionRule.objects.filter(**of_listener).values(
                "kind", "value", "is_on", "created_at"
            )
        ),
        "corrections": list(Correction.objects.filter(**of_listener).values(*corrections)),
        "kept_apart": list(Separation.objects.filter(**of_listener).values(*separations)),
        "links": list(ShareLink.objects.filter(**of_listener).values(*links)),
        "house": list(HouseholdMember.objects.filter(**of_listener).values("joined_at")),
    }


def _spotify_record(row: Row) -> dict[str, Any]:
    return {
        "ts": row["ended_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "platform": row["platform"],
        "ms_played": row["heard_ms"],
        **dict.fromkeys(SPOTIFY_NAMES),
        **_spotify_names(row),
        "reason_start": row["reason_start"],
        "reason_end": row["reason_end"],
        "shuffle": row["shuffle"],
        "skipped": row["skipped"],
        "offline": row["offline"],
    }


def _spotify_names(row: Row) -> dict[str, str | None]:
    """Return the names of an item under the keys of its kind."""
    kind, title, artist, album = (
        row[name] for name in ("content_type", "track_name", "artist_name", "album_name")
    )
    prefix = "spotify:track:" if kind == "track" else "spotify:episode:"
    uri = None if row["track_id"].startswith("name:") else f"{prefix}{row['track_id']}"
    values: tuple[str | None, ...]
    if kind == "episode":
        values = (title, artist, uri)
    elif kind == "chapter":
        values = (title, album or artist, uri)  # the artist may be the author
    else:
        values = (title, artist, album, uri)
    return dict(zip(SPOTIFY_KEYS[kind], values, strict=True))


def _next_month(month: date) -> date:
    return next_start(month, "month")


def _csv_lines(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """Return the value for a cell; an apostrophe stops spreadsheets from reading a formula."""
    if isinstance(value, str) and FORMULA.match(value):
        return f"'{value}"
    return value.isoformat() if hasattr(value, "isoformat") else value


def spool(chunks: Iterator[bytes]) -> tuple[int, Iterator[bytes]]:
    """Write an export to disk; return its length in bytes, and the chunks read back."""
    with ExitStack() as stack:
        file = stack.enter_context(TemporaryFile())
        file.writelines(chunks)
        stack.pop_all()  # the file is closed after its last chunk
    return file.tell(), _chunks(file)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    with file:
        while chunk := file.read(256 * 1024):
            yield chunk
