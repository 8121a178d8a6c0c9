"""Spotify's JSON into our values, tolerant of both of its profiles.

Keys may be absent (development mode of 2026), null (local files, albums taken down) or legacy
extras; numbers may come as floats. What is certain is read. What makes no event, and what was read
without a field that cannot be understood, is returned with the reason.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from spotifyweb import events
from spotifyweb.spotify.fields import (
    Body,
    integer,
    invalid_fields,
    length_of,
    natural,
    part,
    parts,
    text,
)

LONGEST_ID, LONGEST_NAME, LONGEST_ADDRESS = 100, 200, 500  # of a listener
PLAYLIST_ID = re.compile("[0-9A-Za-z]{1,100}")
E = TypeVar("E", bound=events.Event)


class PayloadError(ValueError):
    """This body is not what Spotify sends; the message says what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who logged in. `user_id` never changes at Spotify (account_id); older answers lack it."""

    user_id: str
    spotify_id: str
    display_name: str
    image_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackDetails:
    """What the catalogue stores of a track; "" or None for unknown, names as in its table."""

    track_id: str
    track_name: str
    artist_id: str
    artist_name: str
    album_id: str
    album_name: str
    duration_ms: int | None
    isrc: str
    image_url: str
    release_date: str  # 2026-01-31, 2026-01 or 2026; "" where Spotify sends 0000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[E]):
    """The events of one answer, the tracks it described, and what could not be read."""

    events: list[E]
    tracks: list[TrackDetails]
    invalid: list[tuple[str, Body]] = field(default_factory=list)  # reason, row as received
    partial: dict[str, list[str]] = field(default_factory=dict)  # event id: fields left out, why


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """The player at one moment. `item` holds an event's fields, None for ads and the unknown."""

    kind: str  # track, episode, ad or unknown
    item: dict[str, Any] | None
    track: TrackDetails | None
    is_playing: bool
    progress_ms: int | None
    context: str | None
    device_type: str | None
    device_name: str | None
    is_private: bool
    image_url: str
    url: str  # the item's page at Spotify
    invalid: list[str] = field(default_factory=list)  # reasons why fields were left out

    @property
    def key(self) -> str | None:
        """Return what tells two items apart: the id, or the names of a local file."""
        if self.item is None:
            return None
        return str(
            self.item["track_id"] or f"{self.item['artist_name']}\x1f{self.item['track_name']}"
        )


def profile(body: Body) -> Profile:
    """Return a profile.

    Raises PayloadError where it has no usable id: nobody can log in by that.
    """
    spotify_id = text(body, "id")
    user_id = text(body, "account_id") or spotify_id
    if not user_id:
        raise PayloadError("a profile without account_id and id")
    if max(len(user_id), len(spotify_id)) > LONGEST_ID:
        raise PayloadError(f"a profile whose id is longer than {LONGEST_ID} characters")
    image_url = image_of(body)
    return Profile(
        user_id=user_id,
        spotify_id=spotify_id,
        display_name=(text(body, "display_name") or spotify_id)[:LONGEST_NAME],
        image_url=image_url if len(image_url) <= LONGEST_ADDRESS else "",
    )


def playlist_id(body: Body) -> str:
    """Return a new playlist's id. Raises PayloadError where it is none."""
    value = text(body, "id")
    if not PLAYLIST_ID.fullmatch(value):
        raise PayloadError("a playlist without a usable id")
    return value


def recent_plays(body: Body, *, user_id: str) -> Page[events.Play]:
    """Parse GET /me/player/recently-played. `played_at` is the end of the play."""

    def play(row: Body, item: Body) -> events.Play:
        return events.Play(
            user_id=user_id,
            played_at=events.from_rfc3339(row["played_at"]),
            context=context_of(row),
            source="recently_played",
            **event_fields(item),
        )

    return page_of(body, play)


def saved_tracks(body: Body, *, user_id: str) -> Page[events.Like]:
    """Parse GET /me/tracks. `played_at` of a like is when it was saved."""

    def like(row: Body, item: Body) -> events.Like:
        return events.Like(
            user_id=user_id,
            played_at=events.from_rfc3339(row["added_at"]),
            source="saved_tracks",
            **event_fields(item),
        )

    return page_of(body, like)


def page_of(body: Body, event: Callable[[Body, Body], E]) -> Page[E]:
    rows = body.get("items") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise PayloadError("a page without items")
    page: Page[E] = Page(events=[], tracks=[])
    for row in rows:
        try:
            item = item_of(row)
            known = event(row, item)
        except (KeyError, TypeError, ValueError) as error:
            page.invalid.append((f"{type(error).__name__}: {error}", {"row": row}))
        else:
            page.events.append(known)
            page.tracks.extend(details for details in [track(item)] if details)
            if reasons := invalid_fields(item):
                page.partial[known.event_id] = reasons
    return page


def item_of(row: object) -> Body:
    item = (row.get("track") or row.get("item")) if isinstance(row, dict) else None
    if not isinstance(item, dict):
        raise PayloadError("an entry without a track")
    if not text(item, "id") and not text(item, "name"):
        raise PayloadError("a track without id and name")
    return item


def player(body: Body | None) -> Player | None:
    """Parse GET /me/player and /me/player/currently-playing; None where nothing plays."""
    if body is None:
        return None
    item = body.get("item")
    item = item if isinstance(item, dict) and (item.get("id") or item.get("name")) else None
    device = part(body, "device")
    return Player(
        kind=kind_of(body, item),
        item=event_fields(item) if item else None,
        track=track(item) if item else None,
        is_playing=bool(body.get("is_playing")),
        progress_ms=natural(body, "progress_ms"),
        context=context_of(body),
        device_type=text(device, "type") or None,
        device_name=text(device, "name") or None,
        is_private=bool(device.get("is_private_session")),
        image_url=cover_of(item or {}),
        url=text(part(item or {}, "external_urls"), "spotify"),
        invalid=[*invalid_fields(body), *invalid_fields(item or {})],
    )


def kind_of(body: Body, item: Body | None) -> str:
    """Return what plays: as Spotify calls it, or by its item where it gives no name."""
    named = text(body, "currently_playing_type").lower()
    if item and named not in ("track", "episode", "ad"):
        return "track" if content_type(item) == "track" else "episode"
    return named or "unknown"


def event_fields(item: Body) -> dict[str, Any]:
    """Return the fields of an event that a track, an episode or a chapter fills."""
    if content_type(item) != "track":
        show = part(item, "show") or part(item, "audiobook")
        by, album = show, show
    else:
        by, album = next(parts(item, "artists"), {}), part(item, "album")
    return {
        "track_id": text(item, "id") or None,
        "track_name": text(item, "name") or None,
        "artist_name": text(by, "name") or None,
        "artist_id": text(by, "id") or None,
        "album_name": text(album, "name") or None,
        "album_id": text(album, "id") or None,
        "duration_ms": length_of(item),
        "isrc": text(part(item, "external_ids"), "isrc") or None,
        "content_type": content_type(item),
    }


def track(item: Body) -> TrackDetails | None:
    """Return what the catalogue stores; None for local files, episodes and chapters."""
    if not text(item, "id") or item.get("is_local") or content_type(item) != "track":
        return None
    known = event_fields(item)
    release_date = text(part(item, "album"), "release_date")
    return TrackDetails(
        track_id=known["track_id"],
        track_name=known["track_name"] or "",
        artist_id=known["artist_id"] or "",
        artist_name=known["artist_name"] or "",
        album_id=known["album_id"] or "",
        album_name=known["album_name"] or "",
        duration_ms=known["duration_ms"],
        isrc=known["isrc"] or "",
        image_url=cover_of(item),
        release_date="" if release_date.startswith("0000") else release_date,
    )


def content_type(item: Body) -> str:
    """Return track, episode or chapter. Chapters come as episodes whose release date is 0000."""
    kind = text(item, "type").lower() or ("episode" if part(item, "show") else "track")
    if kind == "chapter" or part(item, "audiobook"):
        return "chapter"
    if kind == "episode":
        return "chapter" if text(item, "release_date").startswith("0000") else "episode"
    return "track"


def context_of(body: Body) -> str | None:
    return text(part(body, "context"), "uri") or None


def cover_of(item: Body) -> str:
    return image_of(part(item, "album")) or image_of(item) or image_of(part(item, "show"))


def image_of(body: Body) -> str:
    """Return the image nearest to 300 pixels, enough for a page; sizes may be missing."""
    found = [image for image in parts(body, "images") if text(image, "url")]
    best = min(found, key=lambda image: abs((integer(image, "width") or 640) - 300), default={})
    return text(best, "url")
