"""The first page's numbers: totals, change, streaks, the calendar, the last plays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from spotifyweb.dashboards.filters import ONE_DAY, Period
from spotifyweb.dashboards.query import View
from spotifyweb.warehouse import Row, Warehouse

DAYS = """
    select local_date, sum(plays) as plays, sum(skips) as skips,
        sum(begun) as begun, sum(heard_ms) as heard_ms
    from facts group by local_date having sum(begun) > 0 or sum(heard_ms) > 0 order by local_date
"""
UNIQUE = """
    select count(distinct heard.track_id) as tracks,
        count(distinct tracks.artist_name) as artists,
        count(distinct releases.artist_name || '|' || releases.album_name) as albums
    from heard left join gold.tracks as tracks on tracks.track_id = heard.track_id
    left join gold.releases as releases on releases.release_track_id = heard.release_track_id
    where heard.plays > 0
"""
UNIQUE_OF_ALL_MUSIC = """
    select
        (select count(*) from gold.user_tracks where {where} and plays > 0) as tracks,
        (select count(*) from gold.user_artists where {where} and plays > 0) as artists,
        (select count(*) from gold.user_albums where {where} and plays > 0) as albums
"""
RECENT = """
    with recent as (
        select *, heard_ms as listened_ms,
            cast(extract(hour from local_at) as integer) as start_hour
        from {plays}
    ),
    mine as (
        select * from recent where {where} order by ended_at desc, event_id limit {limit}
    )
    select mine.event_id, mine.track_id, mine.release_track_id, mine.track_name, mine.artist_name,
        mine.album_name, mine.local_at, mine.ended_at, mine.heard_ms, mine.device_type,
        mine.sources, mine.content_type, releases.image_url, releases.url
    from mine
    left join gold.releases as releases on releases.release_track_id = mine.release_track_id
    order by mine.ended_at desc, mine.event_id
"""
NEWEST, ALL = "gold.recent_plays", "silver.silver_plays"  # the newest 500 of each listener, or all


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    local_date: date
    plays: int
    heard_ms: int
    skips: int = 0
    begun: int = 0  # plays and skips


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    plays: int
    skips: int
    begun: int
    heard_ms: int
    days: int  # with at least one play

    @classmethod
    def of(cls, days: Iterable[Day]) -> "Totals":
        days = list(days)
        return cls(
            plays=sum(day.plays for day in days),
            skips=sum(day.skips for day in days),
            begun=sum(day.begun for day in days),
            heard_ms=sum(day.heard_ms for day in days),
            days=sum(1 for day in days if day.plays),
        )

    @property
    def daily_ms(self) -> int:
        """Listening time of an average day that had some."""
        return self.heard_ms // self.days if self.days else 0

    @property
    def daily_plays(self) -> int:
        return round(self.plays / self.days) if self.days else 0

    @property
    def skip_rate(self) -> float | None:
        """Of all tracks begun, the share that was left within 30 seconds."""
        return self.skips / self.begun if self.begun else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    tracks: int
    artists: int
    albums: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaks:
    """Consecutive days with a play. `current` still counts when only today is missing."""

    current: int
    longest: int
    longest_until: date | None


def days(view: View) -> list[Day]:
    return [Day(**row) for row in view.rows(DAYS)]


def unique(view: View) -> Unique:
    if not view.is_all_music:
        return Unique(**view.track_rows(UNIQUE, releases=True)[0])
    where, bound = view.where()
    sql = UNIQUE_OF_ALL_MUSIC.format(where=where)
    return Unique(**view.warehouse.rows(sql, 3 * bound)[0])


def recent(view: View, *, limit: int = 20) -> list[Row]:
    """The last plays under these filters, 500 at most; all are read where few of them are new."""
    most = max(1, min(limit, 500))
    newest = _last(view, NEWEST, most)
    return newest if len(newest) == most else _last(view, ALL, most)


def _last(view: View, plays: str, limit: int) -> list[Row]:
    where, values = view.where()
    return view.warehouse.rows(RECENT.format(plays=plays, where=where, limit=limit), values)


def newest_at(warehouse: Warehouse) -> datetime | None:
    """Until when this build knows plays: the pages' "as of"."""
    rows = warehouse.rows("select as_of from gold.build_info")
    return rows[0]["as_of"] if rows else None


def streaks(played: Sequence[date], *, today: date) -> Streaks:
    """From the days with a play, in order."""
    longest, longest_until, run = 0, None, 0
    previous: date | None = None
    for day in played:
        run = run + 1 if previous and day - previous == ONE_DAY else 1
        if run >= longest:
            longest, longest_until = run, day
        previous = day
    is_alive = previous is not None and today - previous <= ONE_DAY
    return Streaks(current=run if is_alive else 0, longest=longest, longest_until=longest_until)


def filled(found: Iterable[Day], period: Period) -> list[Day]:
    """Every day of the period, also those without a play."""
    by_date = {day.local_date: day for day in found}
    if period.first is None or period.last is None:
        return list(by_date.values())
    dates = (period.first + timedelta(days=number) for number in range(period.days or 0))
    return [by_date.get(day, Day(local_date=day, plays=0, heard_ms=0)) for day in dates]


def within(found: Iterable[Day], period: Period) -> list[Day]:
    first, last = period.first or date.min, period.last or date.max
    return [day for day in found if first <= day.local_date <= last]


def change(now: float | None, before: float | None) -> float | None:
    """By what share a number grew; None where there is nothing to compare with."""
    return (now - before) / before if now is not None and before else None
