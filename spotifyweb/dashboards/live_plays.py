"""Plays that the live player reported and the published build does not know yet.

The list of the live path is read beside the build and loses nothing when one is published, so that
a play is on one side or on both; what is on both is shown once, as the build has it
(docs/adr/0039-live-plays-beside-the-build.md).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import redis

from spotifyweb import clients, recent_listens
from spotifyweb.accounts import timezones
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.exclusions.conditions import excludes
from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats import overview
from spotifyweb.events import SAME_PLAY
from spotifyweb.telemetry import traces
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row, placeholders

KNOWN = """
    select event_id, track_id, release_track_id, track_name, artist_name, ended_at, heard_ms
    from gold.recent_plays where user_id = ? and ended_at >= ?
"""
RELEASES = """
    select releases.release_track_id, releases.track_id, releases.track_name,
        releases.artist_name, releases.album_name, releases.image_url, releases.url
    from gold.releases as releases where releases.release_track_id in ({ids})
"""


def recent_plays(stats_request: StatsRequest, *, limit: int = 20) -> list[Row]:
    """Return the newest plays under the filters, of the live player as soon as they ended."""
    live = read_live(stats_request)
    built = overview.recent_plays(stats_request.listens, limit=limit)
    plays = merge(stats_request, live, built)
    return pending_erasure.without_pending_erasure(stats_request.listener, plays[:limit])


def merge(stats_request: StatsRequest, live: Sequence[Row], built: Sequence[Row]) -> list[Row]:
    """Return plays of both lists under the filters, newest first.

    The live list is read before the other, as a build may be published between the two.
    """
    live = drop_known_plays(live, [row for row in built if row["event_type"] == "play"])
    rows = [*_counted_rows(stats_request, live), *built]
    return sorted(rows, key=lambda play: play["ended_at"], reverse=True)


def read_live(stats_request: StatsRequest) -> list[Row]:
    """Return live plays, oldest first, without those that the published build has."""
    try:
        live = recent_listens.plays(clients.redis_client(), stats_request.listener.user_id)
    except redis.RedisError:
        return []
    if not live:
        return []
    listens = stats_request.listens
    since = live[0]["ended_at"] - timedelta(hours=12)
    with traces.span("show on a page") as event_ids:
        known = listens.warehouse.rows(KNOWN, [listens.user_id, since])
        shown = drop_known_plays(live, known)
        event_ids += [play["event_id"] for play in shown[-traces.MAX_EVENTS :]]
    return shown


def drop_known_plays(live: Sequence[Row], known: Sequence[Row]) -> list[Row]:
    """Return the live plays that none of the known plays stands for, each for one at most."""
    ids = {play["event_id"] for play in known}
    left = [play for play in live if play["event_id"] not in ids]
    live_ids = {play["event_id"] for play in live}
    free = {play["event_id"]: play for play in known if play["event_id"] not in live_ids}
    pairs = [
        (abs(play["ended_at"] - other["ended_at"]), play["event_id"], other["event_id"])
        for play in left
        for other in free.values()
        if _is_same_item(play, other) and _is_same_time(play, other)
    ]
    taken: set[str] = set()
    for _, event_id, other_id in sorted(pairs):
        if event_id not in taken and other_id in free:
            taken.add(event_id)
            del free[other_id]
    return [play for play in left if play["event_id"] not in taken]


def _is_same_item(play: Row, other: Row) -> bool:
    if play["track_id"] and play["track_id"] in (other["track_id"], other["release_track_id"]):
        return True
    names = ("track_name", "artist_name")
    return all(fold_name(play[name] or "") == fold_name(other[name] or "") for name in names)


def _is_same_time(play: Row, other: Row) -> bool:
    """Return whether the plays end within SAME_PLAY, or were heard at the same time."""
    if abs(play["ended_at"] - other["ended_at"]) <= SAME_PLAY:
        return True
    began = other["ended_at"] - timedelta(milliseconds=other["heard_ms"] or 0)
    return bool(play["started_at"] < other["ended_at"] and began < play["ended_at"])


def _counted_rows(stats_request: StatsRequest, plays: Sequence[Row]) -> Iterator[Row]:
    """Yield plays in the shape of those of gold, without what the filters leave out."""
    if not plays:
        return
    periods = timezones.timezone_periods(stats_request.listener)
    releases = _releases(stats_request.listens, plays)
    for play in plays:
        zone = timezones.zone_at(periods, play["started_at"])
        row = _row(play, releases.get(play["track_id"] or "", {}), zone)
        if is_counted(stats_request.listens, row):
            yield row


def _releases(listens: ListenQuery, plays: Sequence[Row]) -> dict[str, Row]:
    ids = sorted({play["track_id"] for play in plays if play["track_id"]})
    if not ids:
        return {}
    rows = listens.named_rows(RELEASES.format(ids=placeholders(ids)), *ids)
    return {row["release_track_id"]: row for row in rows}


def _row(play: Row, release: Row, zone: ZoneInfo) -> Row:
    """Return a live play as a row of gold; a track that no build knows has no page yet."""
    local_at: datetime = play["started_at"].astimezone(zone).replace(tzinfo=None)
    row: dict[str, Any] = {name: release.get(name) for name in ("track_id", "image_url", "url")}
    for name in ("track_name", "artist_name", "album_name"):
        row[name] = release.get(name) or play[name]
    return row | {
        "is_live": True,
        "event_id": play["event_id"],
        "release_track_id": play["track_id"],
        "local_at": local_at,
        "local_date": local_at.date(),
        "start_hour": local_at.hour,
        "ended_at": play["ended_at"],
        "heard_ms": play["ms_played"],
        "device_type": play["device_type"],
        "device_name": play["device_name"],
        "context": play["context"],
        "content_type": play["content_type"],
        "source": play["source"],
        "sources": play["source"],
    }


def is_counted(listens: ListenQuery, row: Row) -> bool:
    """Return whether a play passes the filters and no exclusion rule leaves it out."""
    filters = listens.filters
    first, last = filters.period.first, filters.period.last
    is_music = row["content_type"] == "track"
    return (
        (first is None or row["local_date"] >= first)
        and (last is None or row["local_date"] <= last)
        and filters.device in ("", row["device_type"] or "unknown")
        and filters.source in ("", row["source"])
        and (filters.podcasts == "with" or is_music == (filters.podcasts != "only"))
        and (row["heard_ms"] or 0) >= filters.min_ms
        and not (filters.rules and any(excludes(rule, row) for rule in listens.exclusions))
    )
