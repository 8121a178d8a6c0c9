"""Suppressions: which rows and records an erasure covers, decided here for every store.

The sink keeps them from landing, deletion takes them out of the lake, the log drops them where it
can. One play is known by salted fingerprints of its item and the times of its end, never by name.
Records that make no event are matched too, by the fields that can still be read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from spotifyweb.lake.schemas import MOMENT
from spotifyweb.lake.sources import source_of

ERASED_BY_PERIOD = {  # by event type: what is no listening stays when a period or a play goes
    "play": True,
    "skip": True,
    "playback": True,
    "like": False,
    "feedback": False,
}
# From start to end: a device that was offline for as long hands its plays in late.
MAX_DURATION = timedelta(days=31)
# Between the start that the end implies and the one by the device's clock.
START_TOLERANCE = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
COLUMNS = (
    "user_id",
    "event_type",
    "played_at",
    "started_at",
    "device_started_at",
    "ms_played",
    "duration_ms",
    "source",
    "track_id",
    "track_name",
    "artist_name",
)
EventRow = Mapping[str, Any]


TEXT_FIELD = re.compile(
    rb'"(user_id|event_type|played_at|added_at|started_at|source|track_id|track_name|artist_name)"'
    rb'\s*:\s*"((?:[^"\\]|\\.)*)"'
)
NUMBER_FIELD = re.compile(rb'"(ms_played|duration_ms)"\s*:\s*(\d{1,12})\b')
TIME_FIELDS = {"played_at": "played_at", "added_at": "played_at", "started_at": "started_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What is suppressed of a listener: everything, one source, a period, or one play.

    `before` bounds when it reached the log or the lake; `since` and `until` bound when it was
    heard. A listen lies in the period in which it began or ended.
    """

    user_id: str
    source: str = ""  # "": every source
    before: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None  # None: of all time
    began: datetime | None = None  # of one play: when it began
    device_started_at: datetime | None = None  # of one play that an export told of
    salt: str = ""
    items: frozenset[str] = frozenset()  # fingerprints of one play's item; empty: every item

    @property
    def is_whole(self) -> bool:
        """Whether it covers every source, for all time."""
        return not self.source and self.until is None

    def matches(self, row: EventRow) -> bool:
        """Return whether this event of the listener is covered; the caller checks `before`."""
        if self.source and row.get("source") != self.source:
            return False
        if self.until is None:
            return True
        if not self.source and not ERASED_BY_PERIOD.get(row.get("event_type") or "", True):
            return False
        if self.items:
            return self._is_play(row) and self._is_item(row)
        return self._contains(row["played_at"]) or self._contains(earliest_start(row))

    def _contains(self, moment: datetime) -> bool:
        assert self.until is not None, "asked only of a period"
        return moment < self.until and (self.since is None or moment >= self.since)

    def _is_play(self, row: EventRow) -> bool:
        moment: datetime = row["played_at"]
        assert self.since and self.until, "one play has a moment"
        device = device_start(row)
        if device and self.device_started_at:
            return device.replace(microsecond=0) == self.device_started_at.replace(microsecond=0)
        if device and self.began and abs(device - self.began) <= START_TOLERANCE:
            return True  # however late it was handed in
        if row.get("event_type") == "playback":  # told when the item began
            return (self.began or self.since) - MINUTE <= moment < self.until
        if source_of(row.get("source") or "").is_exact_to_minute:
            return self.since < moment + MINUTE and moment < self.until
        return self._contains(moment)

    def _is_item(self, row: EventRow) -> bool:
        return any(fingerprint(self.salt, name) in self.items for name in item_names(row))


def earliest_start(row: EventRow) -> datetime:
    """Return the earliest time at which the row's listen can have begun."""
    ended: datetime = row["played_at"]
    started: datetime | None = row.get("started_at")
    if started is not None and started <= ended:
        return started
    if row.get("event_type") == "playback":
        return ended
    length = row.get("ms_played")
    length = row.get("duration_ms") if length is None else length
    return ended - timedelta(milliseconds=max(0, length or 0))


def device_start(row: EventRow) -> datetime | None:
    """Return when a device began a listen of an export: it distinguishes plays that ended together.

    Older events have it only where it was plausible.
    """
    if not source_of(row.get("source") or "").has_device_start or row.get("device_started_at"):
        return row.get("device_started_at")
    began: datetime = earliest_start(row)
    implied = earliest_start({**row, "started_at": None})
    return began if implied - began > START_TOLERANCE else None


def item_names(row: EventRow) -> Iterator[str]:
    """Yield the names of an item: its id, then artist and title as silver compares them."""
    track_id = row.get("track_id")
    if track_id and not str(track_id).startswith("name:"):
        yield f"id|{track_id}"
    artist, title = (str(row.get(name) or "") for name in ("artist_name", "track_name"))
    if title:
        yield f"{artist.strip().lower()}|{title.strip().lower()}"


def fingerprint(salt: str, name: str) -> str:
    return sha256(f"{salt}|{name}".encode()).hexdigest()[:32]


def matching_rows(table: pa.Table, erased: Suppression) -> pa.ChunkedArray:
    """Return a mask of the rows of a bronze table that are covered, whenever they landed."""
    mask = pc.fill_null(pc.equal(table["user_id"], erased.user_id), False)
    if erased.source:
        mask = pc.and_(mask, pc.fill_null(pc.equal(table["source"], erased.source), False))
    if erased.until is None or not pc.any(mask, min_count=0).as_py():
        return mask
    mask = pc.and_(mask, _near_period(table, erased))
    known = table.select([name for name in COLUMNS if name in table.column_names])
    near = pc.indices_nonzero(mask)
    rows = known.take(near).to_pylist()
    hits = [place for place, row in zip(near.to_pylist(), rows, strict=True) if erased.matches(row)]
    found = pc.is_in(pa.arange(0, table.num_rows), pa.array(hits, pa.int64()))
    return pa.chunked_array([found])


def _near_period(table: pa.Table, erased: Suppression) -> pa.ChunkedArray:
    """Return a wide mask by time, so that few rows are checked one by one."""
    assert erased.until is not None, "asked only of a period"
    ended = table["played_at"]
    mask = pc.less(ended, pa.scalar(erased.until + MAX_DURATION, MOMENT))
    if erased.since is not None:
        since = pa.scalar(erased.since - MAX_DURATION, MOMENT)
        mask = pc.and_(mask, pc.greater_equal(ended, since))
    began = erased.device_started_at or erased.began
    if began is None or "device_started_at" not in table.column_names:
        return mask
    starts = table["device_started_at"]
    first, last = (pa.scalar(began + way * MINUTE, MOMENT) for way in (-1, 1))
    near = pc.and_(pc.greater_equal(starts, first), pc.less_equal(starts, last))
    return pc.or_(mask, pc.fill_null(near, False))


def parse_raw_fields(raw: bytes) -> dict[str, Any]:
    """Return the event fields that these bytes name first, with those times that can be read."""
    found: dict[str, Any] = {}
    for name, value in TEXT_FIELD.findall(raw):
        found.setdefault(name.decode(), _decode_text(value))
    for name, value in NUMBER_FIELD.findall(raw):
        found.setdefault(name.decode(), int(value))
    moments = {name: _parse_time(found.pop(name)) for name in TIME_FIELDS if name in found}
    return found | {TIME_FIELDS[name]: moment for name, moment in moments.items() if moment}


def belongs_to_listener(erased: Suppression, *, key: str | None, raw: bytes) -> bool:
    """Return whether the record's key or its user_id is the listener's, not merely similar."""
    return erased.user_id in (key, parse_raw_fields(raw).get("user_id"))


def matches_raw(erased: Suppression, *, key: str | None, raw: bytes, at: datetime) -> bool:
    """Return whether a record is covered.

    `at`, its arrival, replaces a time that cannot be read.
    """
    if not belongs_to_listener(erased, key=key, raw=raw):
        return False
    if erased.before is not None and at >= erased.before:
        return False
    return erased.matches({"played_at": at, **parse_raw_fields(raw)})


def _decode_text(value: bytes) -> str:
    try:
        return str(orjson.loads(b'"' + value + b'"'))
    except orjson.JSONDecodeError:
        return value.decode(errors="replace")


def _parse_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
