"""When and how a listener listens: hours of the day, longest sessions, decades of releases."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.query import RELEASE_LISTENS, SINGLE_LISTENS, Grain, ListenQuery
from spotifyweb.warehouse import Row, placeholders

HOURS = """
    select local_hour, sum(plays) as plays, cast(sum(heard_ms) as bigint) as heard_ms
    from facts group by local_hour
"""
# A session is that of dbt: half an hour of silence ends it. It counts on the day it began, and
# lasts until its last sound ended.
COUNTED = """
    with listens as (
        select {columns}, event_id, user_id, event_type, session_id, started_at, listened_until,
            local_at, local_date, device_type, device_name, context, source, content_type,
            heard_ms, heard_ms as listened_ms,
            cast(extract(hour from local_at) as integer) as start_hour
        from {listens}
    ),
    counted as (select * from listens where {where})
"""
SESSIONS = """
    , sessions as (
        select session_id, min(started_at) as started_at, min(local_date) as local_date,
            count(case when {is_play} then 1 end) as plays,
            date_diff('millisecond', min(started_at), max(listened_until)) as length_ms
        from counted group by session_id
    )
    select session_id, local_date, length_ms, plays from sessions where plays > 0 and {in_period}
    order by length_ms desc, started_at limit {limit}
"""
# Read apart: a common table that is named twice is kept whole, with all its columns.
FIRST_TRACKS = """
    , firsts as (
        select session_id, local_at, release_track_id,
            row_number() over (partition by session_id order by started_at, event_id) as number
        from counted where session_id in ({placeholders})
    )
    select firsts.session_id, firsts.local_at, named.track_id, named.track_name, named.artist_name
    from firsts left join gold.releases as named
        on named.release_track_id = firsts.release_track_id
    where firsts.number = 1
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
    in_period, days = _in_period(listens.filters.period)
    sql = SESSIONS.format(
        is_play="true" if listens.filters.skips else "event_type = 'play'",
        in_period=in_period,
        limit=LONGEST,
    )
    sessions = _counted_rows(listens, sql, days)
    firsts = _first_tracks(listens, [row["session_id"] for row in sessions])
    return [row | firsts[row["session_id"]] for row in sessions]


def _first_tracks(listens: ListenQuery, session_ids: Sequence[str]) -> dict[str, Row]:
    """Return the first track of each session, and when it began, by session."""
    if not session_ids:
        return {}
    sql = FIRST_TRACKS.format(placeholders=placeholders(session_ids))
    return {row["session_id"]: row for row in _counted_rows(listens, sql, session_ids)}


def _counted_rows(listens: ListenQuery, sql: str, params: Sequence[object]) -> list[Row]:
    """Run `sql`, which may select from `counted`: the single listens of all days."""
    table = listens.listens_table
    where, bound = listens.during(Period()).where()
    counted = COUNTED.format(columns=COLUMNS[table], listens=table, where=where)
    return listens.named_rows(f"{counted} {sql}", *bound, *params)


def _in_period(period: Period) -> tuple[str, Sequence[object]]:
    ends = [("local_date >= ?", period.first), ("local_date <= ?", period.last)]
    conditions = [(sql, day) for sql, day in ends if day]
    return " and ".join(["true", *(sql for sql, _ in conditions)]), [day for _, day in conditions]


def release_decades(listens: ListenQuery) -> list[Row]:
    """Return plays and listening time by the decade of release, of tracks that have a date."""
    return listens.track_rows(DECADES, releases=True)
