"""The listens of the tests' warehouse as plain rows: the independent side of each number."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from bench.harness.lakehouse import Lakehouse
from tests.dbt import listening, reference

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ATTRIBUTES = ["platform", "reason_start", "reason_end", "shuffle", "offline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedListen:
    user_id: str
    is_play: bool
    track_name: str
    artist_name: str
    heard_ms: int
    local_at: datetime
    hours: tuple[tuple[datetime, int], ...]  # how much of it lies in which local hours
    listened_ms: int  # of the whole listen, where this is a piece of one
    start_hour: int
    begins: bool = True  # whether it is counted here; False for what goes on in later hours
    device: str
    source: str
    observations: int  # events that report it
    track_id: str  # of the song: its most played id, then the one that was played last
    release_id: str
    album_name: str | None
    content_type: str
    context: str | None
    attributes: dict[str, Any]  # platform, reasons, shuffle and offline, as the history gives them
    event_id: str = ""
    started_at: datetime = EPOCH
    ended_at: datetime = EPOCH
    sounded_ms: int | None = None  # None where nobody knows

    @property
    def local_date(self) -> date:
        return self.local_at.date()


def counted_listens(house: Lakehouse) -> list[CountedListen]:
    lengths = {row["track_id"]: row["duration_ms"] for row in house.rows["tracks"]}
    rows = [row for row in house.rows["plays"] + house.rows["skips"] if not _is_erased(row)]
    listens = reference.listens(
        rows,
        now=listening.SECOND_BUILD,
        lengths=lengths,
        homes=listening.ZONES,
        separations=house.rows["separations"],
    )
    albums = {row["track_id"]: row["album_name"] for row in house.rows["tracks"]}
    ids = _song_ids(listens)
    return [_counted_listen(listen, albums, ids) for listen in listens]


def _song_ids(listens: list[reference.Listen]) -> dict[str, str]:
    """Of each song its id. Names are unique here, so they stand for the song."""
    plays: dict[str, list[reference.Listen]] = defaultdict(list)
    releases: dict[str, set[str]] = defaultdict(set)
    for listen in listens:
        release_id = _release_id(listen)
        releases[listen.tellings[0]["track_name"]].add(release_id)
        plays[release_id].append(listen)

    def rank(release_id: str) -> tuple[object, ...]:
        counted = sum(one.best("event_type") == "play" for one in plays[release_id])
        newest = max(one.ended_at for one in plays[release_id])
        return not release_id.startswith("name:"), counted, newest, release_id

    return {one: max(ids, key=rank) for ids in releases.values() for one in ids}


def _release_id(listen: reference.Listen) -> str:
    best = listen.tellings[0]
    return best["track_id"] or _name_id(best["artist_name"], best["track_name"])


def _is_erased(row: reference.Row) -> bool:
    theirs = row["user_id"] == "nozone" and row["source"] == "player"
    return theirs and bool(row["landed_at"] <= listening.FIRST_LANDING)


def _counted_listen(
    listen: reference.Listen, albums: dict[str, str], ids: dict[str, str]
) -> CountedListen:
    best = listen.tellings[0]
    assert listen.local_at is not None
    return CountedListen(
        user_id=best["user_id"],
        is_play=best["event_type"] == "play",
        track_name=best["track_name"],
        artist_name=best["artist_name"],
        heard_ms=listen.heard_ms or 0,
        local_at=listen.local_at,
        hours=tuple(sorted(listen.hours.items())),
        listened_ms=listen.heard_ms or 0,
        start_hour=listen.local_at.hour,
        device=listen.best("device_type") or "unknown",
        source=best["source"],
        observations=len(listen.tellings),
        track_id=ids[_release_id(listen)],
        release_id=_release_id(listen),
        album_name=albums.get(best["track_id"]) or best.get("album_name"),
        content_type=best["content_type"],
        context=listen.best("context"),
        attributes={name: listen.best(name) for name in ATTRIBUTES},
        event_id=listen.event_id,
        started_at=listen.started_at or EPOCH,
        ended_at=listen.ended_at,
        sounded_ms=listen.heard_ms,
    )


def _name_id(artist_name: str, track_name: str) -> str:
    """Return the id of a track to which Spotify gave none."""
    names = f"{artist_name.lower()}|{track_name.lower()}"
    return f"name:{hashlib.md5(names.encode(), usedforsecurity=False).hexdigest()}"


def pieces(listens: Iterable[CountedListen]) -> list[CountedListen]:
    """Each listen once where it began, and once for each hour in which some of it was heard."""
    return [piece for one in listens for piece in _pieces(one)]


def _pieces(one: CountedListen) -> list[CountedListen]:
    later = [replace(one, local_at=at, heard_ms=ms, begins=False) for at, ms in one.hours]
    return [replace(one, heard_ms=0), *later]


def time_of(
    everything: Iterable[CountedListen],
    user_id: str,
    where: Callable[[CountedListen], bool] = lambda _: True,
    *,
    spoken: bool | None = False,
) -> int:
    """Sum the milliseconds of the pieces of plays and skips for which `where` holds."""
    found = listens_of(everything, user_id, lambda _: True, spoken=spoken)
    return sum(piece.heard_ms for piece in pieces(found) if where(piece))


def listens_of(
    everything: Iterable[CountedListen],
    user_id: str,
    where: Callable[[CountedListen], bool] = lambda heard: heard.is_play,
    *,
    spoken: bool | None = False,
) -> list[CountedListen]:
    """Music, unless what is `spoken` is asked for; None for both."""
    return [
        heard
        for heard in everything
        if heard.user_id == user_id
        and where(heard)
        and spoken in (None, heard.content_type != "track")
    ]
