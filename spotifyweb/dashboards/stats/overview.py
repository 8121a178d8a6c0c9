"""Statistics of the overview: totals, growth, streaks, days and the last plays."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from spotifyweb.dashboards.filters import ONE_DAY, Period
from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.warehouse import Row, Warehouse

DAYS = """
    select local_date, sum(plays) as plays, sum(skips) as skips,
        sum(begun) as begun, sum(heard_ms) as heard_ms
    from facts group by local_date
    having sum(facts.begun) > 0 or sum(facts.heard_ms) > 0 order by local_date
"""
UNIQUE = """
    select count(distinct totals.track_id) as tracks,
        count(distinct tracks.artist_name) as artists,
        count(distinct releases.artist_name || '|' || releases.album_name) as albums
    from totals left join gold.tracks as tracks on tracks.track_id = totals.track_id
    left join gold.releases as releases on releases.release_track_id = totals.release_track_id
    where totals.plays > 0
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
        from {table}
    ),
    newest as (
        select * from recent where {where} order by ended_at desc, event_id limit {limit}
    )
    select newest.event_id, newest.track_id, newest.release_track_id, newest.track_name,
        newest.artist_name, newest.album_name, newest.local_at, newest.ended_at, newest.heard_ms,
        newest.device_type, newest.sources, newest.content_type, releases.image_url, releases.url,
        '{kind}' as event_type, false as is_live
    from newest
    left join gold.releases as releases on releases.release_track_id = newest.release_track_id
    order by newest.ended_at desc, newest.event_id
"""
NEWEST = "gold.recent_plays"  # 500 of each listener
ALL = "gold.listens where event_type = '{kind}'"
NO_CHANGES: dict[str, Any] = dict.fromkeys(("days", "against", "plays", "heard_ms"))


class Day(NamedTuple):
    """A day with a play; a tuple, since a frozen dataclass takes five times as long to make."""

    local_date: date
    plays: int
    heard_ms: int
    skips: int = 0
    begun: int = 0  # plays and skips


_local_date, _fields_of_day = attrgetter("local_date"), itemgetter(*Day._fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    plays: int
    skips: int
    begun: int
    heard_ms: int
    days: int  # with at least one play

    @classmethod
    def of(cls, days: Iterable[Day]) -> "Totals":
        columns = [*zip(*days, strict=True)] or [()] * len(Day._fields)
        _dates, plays, heard_ms, skips, begun = columns
        return cls(
            plays=sum(plays),
            skips=sum(skips),
            begun=sum(begun),
            heard_ms=sum(heard_ms),
            days=len(plays) - plays.count(0),
        )

    @property
    def daily_ms(self) -> int:
        """Average listening time, in milliseconds, of a day with plays."""
        return self.heard_ms // self.days if self.days else 0

    @property
    def daily_plays(self) -> int:
        return round(self.plays / self.days) if self.days else 0

    @property
    def skip_rate(self) -> float | None:
        """The share of begun tracks that were left within 30 seconds."""
        return self.skips / self.begun if self.begun else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    tracks: int
    artists: int
    albums: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaks:
    """Runs of consecutive days with a play. `current` counts on while only today is missing."""

    current: int
    longest: int
    longest_until: date | None


def read_days(listens: ListenQuery) -> list[Day]:
    """Return the days with a play or listening time, in order."""
    return [Day._make(_fields_of_day(row)) for row in listens.rows(DAYS)]


def count_unique(listens: ListenQuery) -> Unique:
    """Count different tracks, artists and albums."""
    if not listens.is_all_music:
        return Unique(**listens.track_rows(UNIQUE, releases=True)[0])
    where, bound = listens.where()
    sql = UNIQUE_OF_ALL_MUSIC.format(where=where)
    return Unique(**listens.warehouse.rows(sql, 3 * bound)[0])


def recent_plays(listens: ListenQuery, *, limit: int = 20) -> list[Row]:
    """Return the last plays, 500 at most, and the skips among them where these count as plays.

    It reads all plays only where the newest 500 do not do.
    """
    most = max(1, min(limit, 500))
    plays = _newest(listens, NEWEST, most)
    if len(plays) < most:
        plays = _newest(listens, ALL.format(kind="play"), most)
    if not listens.filters.skips:
        return plays
    since = plays[-1]["ended_at"] if len(plays) == most else None
    skips = _newest(listens, ALL.format(kind="skip"), most, kind="skip", since=since)
    rows = sorted([*plays, *skips], key=lambda row: row["event_id"])
    return sorted(rows, key=lambda row: row["ended_at"], reverse=True)[:most]


def _newest(
    listens: ListenQuery,
    table: str,
    limit: int,
    *,
    kind: str = "play",
    since: datetime | None = None,
) -> list[Row]:
    where, values = listens.where()
    if since:
        where, values = f"{where} and ended_at >= ?", [*values, since]
    sql = RECENT.format(kind=kind, table=table, where=where, limit=limit)
    return listens.warehouse.rows(sql, values)


def build_as_of(warehouse: Warehouse) -> datetime | None:
    """Return the moment up to which the published build knows plays."""
    rows = warehouse.rows("select as_of from gold.build_info")
    return rows[0]["as_of"] if rows else None


def streaks(played: Sequence[date], *, today: date) -> Streaks:
    """Count the streaks of days with a play, given in order."""
    longest, longest_until, run = 0, None, 0
    previous: date | None = None
    for day in played:
        run = run + 1 if previous and day - previous == ONE_DAY else 1
        if run >= longest:
            longest, longest_until = run, day
        previous = day
    is_alive = previous is not None and today - previous <= ONE_DAY
    return Streaks(current=run if is_alive else 0, longest=longest, longest_until=longest_until)


def fill_days(days: Iterable[Day], period: Period) -> list[Day]:
    """Return every day of the period, also those without a play."""
    by_date = {day.local_date: day for day in days}
    if period.first is None or period.last is None:
        return list(by_date.values())
    dates = (period.first + timedelta(days=number) for number in range(period.days or 0))
    return [by_date.get(day, Day(local_date=day, plays=0, heard_ms=0)) for day in dates]


def select_days(days: Sequence[Day], period: Period) -> Sequence[Day]:
    """Return those of the days, given in order, that lie in a period."""
    first, last = period.first or date.min, period.last or date.max
    begin = bisect_left(days, first, key=_local_date)
    return days[begin : bisect_right(days, last, lo=begin, key=_local_date)]


def growth(now: float | None, before: float | None) -> float | None:
    """Return the share by which a number grew, None where there is nothing to compare with."""
    return (now - before) / before if now is not None and before else None


def chart_period(stats_request: StatsRequest, days: Sequence[Day]) -> Period:
    """Return the days that the chart draws: a period up to 90 days, else its last 30 with plays."""
    period = stats_request.filters.period.ended(stats_request.today)
    if period.days and period.days <= 90:
        return period
    last = min(period.last or stats_request.today, stats_request.today)
    if days and (last - days[-1].local_date).days >= 30:
        last = days[-1].local_date
    return Period(first=last - timedelta(days=29), last=last)


def all_time_streaks(stats_request: StatsRequest, days: Sequence[Day]) -> Streaks:
    """Count streaks of all time whatever the period, or of its own days for a frozen link."""
    if stats_request.filters.period != Period() and not stats_request.is_frozen:
        days = read_days(stats_request.listens.during(Period()))
    return streaks([day.local_date for day in days if day.plays], today=stats_request.today)


def changes(stats_request: StatsRequest, days: Sequence[Day]) -> dict[str, Any]:
    """Compare the days of the period that are over with as many days before.

    All time is compared over its last 30 days, a year with the same days of the year before. There
    is no comparison for a period without a beginning, nor for a frozen link, nor with days before
    the history begins: `history_from` is its first day then.
    """
    is_all = stats_request.filters.period == Period()
    period = (
        Period(first=stats_request.today - 30 * ONE_DAY) if is_all else stats_request.filters.period
    )
    whole = period.ended(stats_request.today).whole(stats_request.today)
    before = whole.before() if whole else None
    if whole is None or before is None or stats_request.is_frozen:
        return NO_CHANGES
    if before.begins_before(stats_request.scope.first):
        return NO_CHANGES | {"history_from": stats_request.scope.first}
    earlier = days if is_all else read_days(stats_request.listens.during(before))
    now, then = Totals.of(select_days(days, whole)), Totals.of(select_days(earlier, before))
    return {
        "days": whole.days,
        "against": before,
        "plays": growth(now.plays, then.plays),
        "heard_ms": growth(now.heard_ms, then.heard_ms),
    }
