"""The events: immutable values with one id each, to and from JSON. Arrow schemas follow from them.

A play fetched twice, from whichever source, is the same event: its id is a UUIDv5 of listener,
type, item and the millisecond at which it ended. `played_at` is the END of a play, in Spotify's
recently-played list (measured on recordings of 2024 and 2026) as in its export (`ts`).
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha1
from operator import attrgetter
from types import UnionType
from typing import Any, ClassVar, Self, get_args, get_type_hints
from uuid import UUID

SCHEMA_VERSION = 1
PLAY_MIN_MS = 30_000
SAME_PLAY = timedelta(seconds=30)  # `same_play_seconds` of dbt: two reports of one end
NAMESPACE = UUID("5b0f5b4e-8f3a-4c86-9b57-2f6f3b1f7a10")
NAMESPACE_BYTES = NAMESPACE.bytes
VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}  # RFC 9562, 4.1


class EventError(ValueError):
    """These values make no event; the message names the field and the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The fields of every event: aware UTC times, whole milliseconds, None for unknown."""

    event_type: ClassVar[str]
    topic: ClassVar[str]

    user_id: str
    schema_version: int = field(default=SCHEMA_VERSION, metadata={"bits": 32})
    played_at: datetime
    track_id: str | None
    track_name: str | None
    artist_id: str | None = None
    artist_name: str | None
    album_id: str | None = None
    album_name: str | None = None
    duration_ms: int | None = None
    device_type: str | None = None
    device_name: str | None = None
    platform: str | None = None
    content_type: str = "track"  # track, episode or chapter; track_id then holds that item's id
    context: str | None = None  # the Spotify URI it was played from
    isrc: str | None = None
    source: str = field(metadata={"may_be_missing": True})  # of records that others wrote

    def __post_init__(self) -> None:
        if not self.user_id:
            raise EventError("user_id is empty: an event belongs to one listener")
        for name in time_fields(self.event_type):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise EventError(f"{name}={moment.isoformat()} has no time zone: events are in UTC")

    @property
    def item(self) -> str:
        """Return the item's id, or its names where there is none (local files, account data)."""
        return self.track_id or f"{self.artist_name or ''}\x1f{self.track_name or ''}"

    @property
    def event_id(self) -> str:
        return event_id(self.user_id, self.event_type, self.item, to_ms(self.played_at))

    def to_json(self) -> dict[str, Any]:
        """Return the event as the log carries it: RFC 3339 times with milliseconds."""
        kind = self.event_type
        row: dict[str, Any] = {"event_id": self.event_id, "event_type": kind}
        for name, value in zip(field_names(kind), values_getter(kind)(self), strict=True):
            if value is not None or name in ALWAYS:
                row[name] = value
        for name in time_fields(kind):
            if name in row:
                row[name] = rfc3339(row[name])
        return row

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """Return the event of a log record.

        Raises EventError where a required field is missing or malformed.
        """
        values = {name: row[name] for name in field_names(cls.event_type) if name in row}
        try:
            values |= {
                name: from_rfc3339(values[name])
                for name in time_fields(cls.event_type)
                if name in values
            }
            return cls(**values)
        except (TypeError, ValueError, AttributeError) as error:
            raise EventError(f"{row.get('event_id')}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field of an event, as tables store it."""

    name: str
    type: type  # str, int, bool or datetime
    bits: int = 64  # of an int
    is_required: bool


# An import makes half a million events: what a type is made of is looked up once, not per event.
@cache
def columns(event_type: str) -> tuple[Column, ...]:
    """Return the fields of an event type, with the two that follow from them."""
    hints = get_type_hints(TYPES[event_type])
    user_id, *others = (_column(spec, hints[spec.name]) for spec in fields(TYPES[event_type]))
    event_id, kind = (
        Column(name=name, type=str, is_required=True) for name in ("event_id", "event_type")
    )
    return event_id, user_id, kind, *others


def _column(spec: "Field[Any]", hint: Any) -> Column:
    is_optional = isinstance(hint, UnionType)
    has_default = spec.default is not MISSING or spec.metadata.get("may_be_missing", False)
    return Column(
        name=spec.name,
        type=get_args(hint)[0] if is_optional else hint,
        bits=spec.metadata.get("bits", 64),
        is_required=not (is_optional or has_default),
    )


@cache
def field_names(event_type: str) -> tuple[str, ...]:
    return tuple(spec.name for spec in fields(TYPES[event_type]))


@cache
def time_fields(event_type: str) -> tuple[str, ...]:
    return tuple(column.name for column in columns(event_type) if column.type is datetime)


@cache
def values_getter(event_type: str) -> Callable[[Event], tuple[Any, ...]]:
    return attrgetter(*field_names(event_type))


ALWAYS = frozenset(
    {"track_id", "track_name", "artist_name", "album_name", "duration_ms", "device_type"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Event):
    """One track, episode or chapter listened to."""

    event_type = "play"
    topic = "user_plays"

    started_at: datetime | None = None
    device_started_at: datetime | None = None  # by the device's clock, as sent, right or wrong
    ms_played: int | None = None
    skipped: bool | None = None
    reason_start: str | None = None
    reason_end: str | None = None
    shuffle: bool | None = None
    offline: bool | None = None
    incognito: bool | None = None
    country: str | None = None


def counts_as_play(ms_played: int, *, reason_end: str | None) -> bool:
    """Return whether a listen counts as a play: 30 seconds, as Spotify counts, or heard to its end.

    Anything shorter is a skip (docs/adr/0004).
    """
    return ms_played >= PLAY_MIN_MS or reason_end == "trackdone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(Play):
    """A track that was left before it counted as played."""

    event_type = "skip"
    topic = "user_skips"


@dataclass(frozen=True, slots=True, kw_only=True)
class Like(Event):
    """A track saved to the listener's library; `played_at` is when it was saved."""

    event_type = "like"
    topic = "user_likes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackChange(Event):
    """The player moved to another item; `played_at` is when the new item started."""

    event_type = "playback"
    topic = "user_playback"

    detected_at: datetime | None = None
    is_playing: bool | None = None
    progress_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(Event):
    """The listener's feedback on a recommendation; `played_at` is when it was given."""

    event_type = "feedback"
    topic = "user_feedback"

    verdict: str  # up, down, known, hide or clear
    expires_at: datetime | None = None


TYPES: dict[str, type[Event]] = {
    kind.event_type: kind for kind in (Play, Skip, Like, PlaybackChange, Feedback)
}
TOPICS: tuple[str, ...] = tuple(kind.topic for kind in TYPES.values())


def dead_letter_topic(topic: str) -> str:
    """Return the name of the topic for what `topic` could not carry."""
    return f"{topic}_dlq"


def event_id(user_id: str, event_type: str, item: str, ended_ms: int) -> str:
    """Return an event's id: `uuid5(NAMESPACE, user|type|item|ms)`, at a third of uuid5's cost."""
    key = f"{user_id}|{event_type}|{item}|{ended_ms}".encode()
    text = sha1(NAMESPACE_BYTES + key, usedforsecurity=False).hexdigest()
    variant = VARIANTS[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def to_ms(moment: datetime) -> int:
    """Return Unix milliseconds, without the rounding of floats."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000


def rfc3339(moment: datetime) -> str:
    """Return a time as RFC 3339, in UTC with milliseconds."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_rfc3339(text: str) -> datetime:
    """Return the time in UTC. Raises ValueError for a time without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)
