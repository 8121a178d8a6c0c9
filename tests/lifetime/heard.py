"""Everybody's listens, in the shape from which tests/support/reference_stats.py counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from tests.lifetime import identity, placing, songs
from tests.lifetime.identity import Import
from tests.lifetime.placing import Placed
from tests.lifetime.rows import Listen
from tests.lifetime.songs import Release
from tests.support.reference_listens import CountedListen, pieces


@dataclass(frozen=True, kw_only=True)
class Everything:
    """What all who live here heard."""

    releases: dict[str, Release]
    again: dict[str, list[tuple[Listen, Listen]]]  # plays that were told twice, and the other row
    placed: dict[str, list[Placed]]  # by listener, in the order in which they ended
    heard: dict[str, list[CountedListen]]
    zone: ZoneInfo

    @cached_property
    def pieces(self) -> dict[str, list[CountedListen]]:
        """Counted where they began, with their time where they were heard."""
        return {user_id: pieces(theirs) for user_id, theirs in self.heard.items()}


def of(imports: Mapping[str, Iterable[Import]], *, zone: ZoneInfo) -> Everything:
    """`imports` by listener."""
    told = {
        user_id: [one for each in theirs for one in each.listens]
        for user_id, theirs in imports.items()
    }
    again = {user_id: identity.told_again(theirs) for user_id, theirs in told.items()}
    listens = {user_id: _once(theirs, again[user_id]) for user_id, theirs in told.items()}
    releases = songs.releases(_all(told), _all(listens))
    placed = {
        user_id: placing.placed(theirs, user_id=user_id, zone=zone)
        for user_id, theirs in listens.items()
    }
    return Everything(
        releases=releases,
        again=again,
        placed=placed,
        heard={
            user_id: [_heard(one, releases[songs.release_id(one.listen)], zone) for one in theirs]
            for user_id, theirs in placed.items()
        },
        zone=zone,
    )


def _once(listens: list[Listen], again: list[tuple[Listen, Listen]]) -> list[Listen]:
    others = {id(other) for _, other in again}
    return [one for one in listens if id(one) not in others]


def _all(listens: Mapping[str, list[Listen]]) -> list[Listen]:
    return [one for theirs in listens.values() for one in theirs]


def _heard(one: Placed, release: Release, zone: ZoneInfo) -> CountedListen:
    listen = one.listen
    local_at = listen.began_at.astimezone(zone).replace(tzinfo=None)
    return CountedListen(
        user_id=one.user_id,
        is_play=listen.is_play,
        track_name=release.title or "",
        artist_name=release.artist,  # type: ignore[arg-type]
        heard_ms=listen.ms,
        local_at=local_at,
        hours=tuple(sorted((hour, ms) for (hour, _), ms in one.hours.items())),
        listened_ms=listen.ms,
        start_hour=local_at.hour,
        device=listen.device or "unknown",
        source="extended_history",
        observations=1,
        track_id=release.track_id,
        release_id=release.release_id,
        album_name=release.album,
        content_type=listen.content_type,
        context=None,
        attributes=listen.flags | {"platform": listen.platform},
    )
