"""Statistics over time: listening, new and known tracks, devices, the hours of the week."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils.dates import WEEKDAYS_ABBR

from spotifyweb.dashboards import time_buckets
from spotifyweb.dashboards.query import Grain, ListenQuery
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats.heatmap import step as heat_step
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.warehouse import Row

OVER_TIME = """
    select {bucket} as bucket, sum(plays) as plays, sum(skips) as skips, sum(begun) as begun,
        sum(heard_ms) as heard_ms
    from facts group by 1 order by 1
"""
CLOCK = """
    select weekday, local_hour, sum(plays) as plays, sum(heard_ms) as heard_ms
    from facts group by weekday, local_hour
"""
OVERLAP = """
    , hours as (
        select sum(heard_ms) as heard_ms from facts
        group by local_date, local_hour, utc_offset_minutes
    )
    select count(*) as hours, coalesce(sum(heard_ms - 3600000), 0) as heard_ms
    from hours where heard_ms > 3600000
"""
DISCOVERY = """
    , firsts as (
        select track_id, min(first_date) as first_date from gold.user_tracks
        where user_id = ? and plays > 0 group by track_id
    ),
    played as (
        select {bucket} as bucket, track_id from facts where plays > 0 group by 1, 2
    )
    select bucket,
        count(case when first_date >= bucket then 1 end) as new_tracks,
        count(case when first_date < bucket then 1 end) as known_tracks
    from played inner join firsts on firsts.track_id = played.track_id
    group by bucket order by bucket
"""
DISCOVERY_OF_ALL_MUSIC = """
    select bucket, new_tracks, known_tracks
    from gold.track_discovery where {where} and step = ? order by bucket
"""
DEVICES = """
    select {bucket} as bucket, device_type, sum(plays) as plays, sum(heard_ms) as heard_ms
    from facts group by 1, 2
"""
MAX_DEVICES = 5
WEEKDAYS = tuple(WEEKDAYS_ABBR.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One hour of the week."""

    weekday: int  # 0 is Monday
    hour: int
    plays: int
    heard_ms: int
    step: int  # 0 nothing … 4 most


def listening_over_time(listens: ListenQuery, buckets: Buckets) -> list[Row]:
    """Return plays, skips, begun and heard_ms of each step, silent ones too."""
    rows = listens.rows(OVER_TIME.format(bucket=buckets.sql))
    return _complete(rows, buckets, {"plays": 0, "skips": 0, "begun": 0, "heard_ms": 0})


def discovery(listens: ListenQuery, buckets: Buckets) -> list[Row]:
    """Count the different tracks of each step: played for the first time ever, or known before."""
    if listens.is_all_music:
        where, bound = listens.where()
        sql = DISCOVERY_OF_ALL_MUSIC.format(where=where)
        rows = listens.warehouse.rows(sql, [*bound, buckets.step])
    else:
        sql = DISCOVERY.format(bucket=buckets.sql)
        rows = listens.rows(sql, listens.user_id, grain=Grain.TRACK)
    return _complete(rows, buckets, {"new_tracks": 0, "known_tracks": 0})


def clock(listens: ListenQuery) -> list[list[Cell]]:
    """Return the hours of the week as seven rows of 24 cells."""
    rows = {
        (row["weekday"], row["local_hour"]): row for row in listens.rows(CLOCK, grain=Grain.HOUR)
    }
    most = max((row["heard_ms"] for row in rows.values()), default=0)
    return [[_cell(weekday, hour, rows, most) for hour in range(24)] for weekday in range(7)]


def overlap(listens: ListenQuery) -> Row:
    """Count hours with over 60 minutes, in which several devices played, and the excess in ms."""
    return listens.rows(OVERLAP, grain=Grain.HOUR)[0]


def _cell(weekday: int, hour: int, rows: dict[tuple[int, int], Row], most: int) -> Cell:
    row = rows.get((weekday, hour), {"plays": 0, "heard_ms": 0})
    return Cell(
        weekday=weekday,
        hour=hour,
        plays=row["plays"],
        heard_ms=row["heard_ms"],
        step=heat_step(row["heard_ms"], most),
    )


def devices(listens: ListenQuery, buckets: Buckets) -> dict[str, list[int]]:
    """Return listening time of each step by device type, most used first, the rest as `other`."""
    rows = listens.rows(DEVICES.format(bucket=buckets.sql))
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["device_type"]] = totals.get(row["device_type"], 0) + row["heard_ms"]
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    shown = ranked if len(ranked) <= MAX_DEVICES + 1 else ranked[:MAX_DEVICES]
    names = shown + (["other"] if len(shown) < len(ranked) else [])
    indexes = {day: index for index, day in enumerate(buckets.dates)}
    lines = {name: [0] * len(indexes) for name in names}
    for row in rows:
        name = row["device_type"] if row["device_type"] in shown else "other"
        lines[name][indexes[row["bucket"]]] += row["heard_ms"]
    return lines


def _complete(rows: list[Row], buckets: Buckets, nothing: Row) -> list[Row]:
    by_bucket: dict[date, Row] = {row["bucket"]: row for row in rows}
    return [by_bucket.get(day, {"bucket": day, **nothing}) for day in buckets.dates]


def requested_buckets(query: Mapping[str, str], stats_request: StatsRequest) -> Buckets:
    """Return the steps of a request's period: days, weeks or months, by the parameter `step`.

    An open period ends with the last play.
    """
    scope = stats_request.scope
    return time_buckets.cut(
        stats_request.filters.period,
        first=scope.first,
        last=scope.last,
        step=query.get("step", ""),
        first_weekday=stats_request.first_weekday,
    )


def drawn_buckets(query: Mapping[str, str], stats_request: StatsRequest) -> Buckets:
    """Return these steps without those that are to come."""
    buckets = requested_buckets(query, stats_request)
    today, period = max(stats_request.scope.last, stats_request.today), buckets.period
    if period.first and period.last and period.first <= today < period.last:
        return replace(buckets, period=replace(period, last=today))
    return buckets
