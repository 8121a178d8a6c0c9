"""When and how a listener listens: hours of the day, longest sessions, decades of releases."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.query import RELEASE_LISTENS, SINGLE_LISTENS, Grain, ListenQuery
from spotifyweb.warehouse import Row

HOURS = """
    select local_hour, sum(plays) as plays, cast(sum(heard_ms) as bigint) as heard_ms
    from facts group by local_hour
"""
# A session is that of dbt: half an hour of silence ends it. It counts on the day it began, and
# lasts until its last sound ended.
SESSIONS = """
    with listens as (
        select {columns}, event_id, user_id, event_type, session_id, started_at, listened_until,
            local_at, local_date, device_type, device_name, context, source, content_type,
            heard_ms, heard_ms as listened_ms,
            cast(extract(hour from local_at) as integer) as start_hour
        from {listens}
    ),
    counted as (select * from listens where {where}),
    sessions as (
        select session_id, min(started_at) as started_at, min(local_date) as local_date,
            count(case when {is_play} then 1 end) as plays,
            date_diff('millisecond', min(started_at), max(listened_until)) as length_ms
        from counted group by session_id
    ),
    longest as (
        select * from sessions where plays > 0 and {in_period}
        order by length_ms desc, started_at limit {limit}
    ),
    firsts as (
        select counted.session_id, counted.local_at, counted.release_track_id,
            row_number() over (
                partition by counted.session_id order by counted.started_at, counted.event_id
            ) as number
        from counted inner join longest on longest.session_id = counted.session_id
    )
    select longest.local_date, firsts.local_at, longest.length_ms, longest.plays,
        named.track_id, named.track_name, named.artist_name
    from longest
    inner join firsts on firsts.session_id = longest.session_id and firsts.number = 1
    left join gold.releases as named on named.release_track_id = firsts.release_track_id
    order by longest.length_ms desc, longest.started_at
"""
COLUMNS = {
    RELEASE_LISTENS: "track_id as release_track_id",
    SINGLE_LISTENS: "release_track_id, folded_artist_name, folded_album_name",
}
LONGEST = 10
DECADES = """
    select cast(substr(releases.release_date, 1, 3) || '0' as integer) as decade,
        sum(totals.plays) as plays, cast(sum(totals.heard_ms) as bigint) as heard_ms
    from totals
    inner join gold.releases as releases on releases.release_track_id = totals.release_track_id
    where totals.plays > 0 and releases.release_date is not null
    group by 1 order by 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    hour: int  # of the local day, 0 to 23
    plays: int
    heard_ms: int


def hours_of_day(listens: ListenQuery) -> list[Hour]:
    """Return the 24 hours with their plays and listening time."""
    rows = {row["local_hour"]: row for row in listens.rows(HOURS, grain=Grain.HOUR)}
    nothing = {"plays": 0, "heard_ms": 0}
    counted = [rows.get(hour, nothing) for hour in range(24)]
    return [
        Hour(hour=hour, plays=row["plays"], heard_ms=row["heard_ms"])
        for hour, row in enumerate(counted)
    ]


def longest_sessions(listens: ListenQuery) -> list[Row]:
    """Return the longest sessions that began in the period, with the first track of each."""
    table = listens.listens_table
    where, bound = listens.during(Period()).where()
    in_period, days = _in_period(listens.filters.period)
    sql = SESSIONS.format(
        columns=COLUMNS[table],
        listens=table,
        where=where,
        is_play="true" if listens.filters.skips else "event_type = 'play'",
        in_period=in_period,
        limit=LONGEST,
    )
    return listens.named_rows(sql, *bound, *days)


def _in_period(period: Period) -> tuple[str, Sequence[object]]:
    ends = [("local_date >= ?", period.first), ("local_date <= ?", period.last)]
    conditions = [(sql, day) for sql, day in ends if day]
    return " and ".join(["true", *(sql for sql, _ in conditions)]), [day for _, day in conditions]


def release_decades(listens: ListenQuery) -> list[Row]:
    """Return plays and listening time by the decade of release, of tracks that have a date."""
    return listens.track_rows(DECADES, releases=True)
