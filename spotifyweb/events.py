"""The events of this house: immutable values, one id each, to and from JSON.

A play fetched twice, from whichever side, is the same event: its id is a UUIDv5 of listener,
type, item and the millisecond at which it ended. `played_at` is the END of a play, in Spotify's
recently-played list (measured on recordings of 2024 and 2026) as in its export (`ts`).
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID, uuid5

SCHEMA_VERSION = 1
NAMESPACE = UUID("5b0f5b4e-8f3a-4c86-9b57-2f6f3b1f7a10")
TIMES = frozenset({"played_at", "started_at", "detected_at", "expires_at"})


class EventError(ValueError):
    """These values make no event; the message names the field and the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event knows: aware UTC times, whole milliseconds, None for unknown."""

    event_type: ClassVar[str]
    topic: ClassVar[str]

    user_id: str
    played_at: datetime
    track_id: str | None
    track_name: str | None
    artist_name: str | None
    album_name: str | None = None
    artist_id: str | None = None
    album_id: str | None = None
    duration_ms: int | None = None
    device_type: str | None = None
    device_name: str | None = None
    platform: str | None = None
    content_type: str = "track"  # track, episode or chapter; track_id then holds that item's id
    context: str | None = None  # the Spotify URI it was played from
    isrc: str | None = None
    source: str
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        if not self.user_id:
            raise EventError("user_id is empty: an event belongs to one listener")
        for name in TIMES & {field.name for field in fields(self)}:
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise EventError(f"{name}={moment.isoformat()} has no time zone: events are in UTC")

    @property
    def item(self) -> str:
        """The id, or the names where Spotify gave none (local files, Account data)."""
        return self.track_id or f"{self.artist_name or ''}\x1f{self.track_name or ''}"

    @property
    def event_id(self) -> str:
        key = f"{self.user_id}|{self.event_type}|{self.item}|{to_ms(self.played_at)}"
        return str(uuid5(NAMESPACE, key))

    def to_json(self) -> dict[str, Any]:
        """The event as the log carries it: RFC 3339 times with milliseconds, no unknown fields."""
        row = {field.name: getattr(self, field.name) for field in fields(self)}
        row |= {name: rfc3339(row[name]) for name in TIMES & row.keys() if row[name] is not None}
        known = {name: value for name, value in row.items() if value is not None or name in ALWAYS}
        return {"event_id": self.event_id, "event_type": self.event_type, **known}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """Raises EventError when a field that every event needs is missing or malformed."""
        names = {field.name for field in fields(cls)}
        values = {name: value for name, value in row.items() if name in names}
        try:
            values |= {name: from_rfc3339(values[name]) for name in TIMES & values.keys()}
            return cls(**values)
        except (TypeError, ValueError, AttributeError) as error:
            raise EventError(f"{row.get('event_id')}: {error}") from error


ALWAYS = frozenset(
    {"track_id", "track_name", "artist_name", "album_name", "duration_ms", "device_type"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Event):
    """One track, episode or chapter listened to."""

    event_type = "play"
    topic = "user_plays"

    started_at: datetime | None = None
    ms_played: int | None = None
    skipped: bool | None = None
    reason_start: str | None = None
    reason_end: str | None = None
    shuffle: bool | None = None
    offline: bool | None = None
    incognito: bool | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(Play):
    """A track left before it counted as played."""

    event_type = "skip"
    topic = "user_skips"


@dataclass(frozen=True, slots=True, kw_only=True)
class Like(Event):
    """A track saved to the listener's library; `played_at` is when it was saved."""

    event_type = "like"
    topic = "user_likes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackChange(Event):
    """The player turned to another item; `played_at` is when the new item started."""

    event_type = "playback"
    topic = "user_playback"

    detected_at: datetime | None = None
    is_playing: bool | None = None
    progress_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(Event):
    """The listener's verdict on a recommendation; `played_at` is when it was given."""

    event_type = "feedback"
    topic = "user_feedback"

    verdict: str  # up, down, hide or clear
    expires_at: datetime | None = None


TYPES: dict[str, type[Event]] = {
    kind.event_type: kind for kind in (Play, Skip, Like, PlaybackChange, Feedback)
}
TOPICS: tuple[str, ...] = tuple(kind.topic for kind in TYPES.values())


def dead_letters(topic: str) -> str:
    """The name of the topic that keeps what `topic` could not carry."""
    return f"{topic}_dlq"


def to_ms(moment: datetime) -> int:
    """Unix milliseconds, without the rounding of floats."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> datetime:
    """Raises ValueError for a time without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)
