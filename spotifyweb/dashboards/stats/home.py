"""Statistics of the home page: top items of late, on this day, new, back again, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from spotifyweb.dashboards.filters import ONE_DAY, Period
from spotifyweb.dashboards.query import Grain, ListenQuery
from spotifyweb.dashboards.stats.overview import Day, Totals, growth, select_days
from spotifyweb.dashboards.stats.top import KINDS, top_list
from spotifyweb.dashboards.time_buckets import start_of
from spotifyweb.warehouse import Row

WEEKS_OF_LATE = 4
SHOWN = 6  # tracks in a list of new ones or of those that are back
SILENT_DAYS = 90  # so long a track was not played before it counts as back
OBSESSION_DAYS, OBSESSION_PLAYS = 7, 5  # so many plays within so many days
FARTHEST_DAYS = 730  # beyond two years a pace of four weeks says nothing

ANNIVERSARIES = """
    , tracks_of_day as (
        select local_date, track_id, sum(plays) as plays, sum(heard_ms) as heard_ms
        from facts where local_date in ({dates}) group by local_date, track_id
    ),
    ranked as (
        select *, sum(plays) over (partition by local_date) as day_plays,
            sum(heard_ms) over (partition by local_date) as day_ms,
            row_number() over (
                partition by local_date order by plays desc, heard_ms desc, track_id
            ) as place
        from tracks_of_day
    )
    select ranked.local_date, ranked.day_plays, ranked.day_ms, ranked.plays, ranked.track_id,
        tracks.track_name, tracks.artist_name, tracks.album_name, tracks.image_url, tracks.url
    from ranked left join gold.tracks as tracks on tracks.track_id = ranked.track_id
    where ranked.place = 1 and ranked.plays > 0
    order by ranked.local_date desc
"""
# Only tracks of the last weeks are looked up in the time before.
TRACKS_OF_LATE = """
    with days as (
        select track_id, local_date, sum(plays) as plays
        from ({recent}) as facts_of_late where plays > 0 group by track_id, local_date
    ),
    recent_tracks as (
        select track_id, sum(plays) as plays, min(local_date) as first_on
        from days group by track_id
    ),
    earlier as (
        select track_id, sum(plays) as earlier_plays, max(local_date) as last_on
        from ({before}) as facts_before
        where plays > 0 and track_id in (select recent_tracks.track_id from recent_tracks)
        group by track_id
    ),
    tracks_of_late as (
        select recent_tracks.track_id, recent_tracks.plays, recent_tracks.first_on,
            earlier.earlier_plays, earlier.last_on,
            datediff('day', earlier.last_on, recent_tracks.first_on) as silent_days
        from recent_tracks left join earlier on earlier.track_id = recent_tracks.track_id
    ),
    weeks as (
        select latest.track_id, latest.local_date as until, sum(days.plays) as plays
        from days as latest inner join days on days.track_id = latest.track_id
            and datediff('day', days.local_date, latest.local_date) between 0 and {week} - 1
        group by latest.track_id, latest.local_date
    ),
    numbered as (
        select 'discoveries' as kind, track_id, plays, first_on, earlier_plays, silent_days,
            row_number() over (order by plays desc, first_on desc, track_id) as place
        from tracks_of_late where earlier_plays is null and plays >= 2
        union all
        select 'returns' as kind, track_id, plays, first_on, earlier_plays, silent_days,
            row_number() over (order by earlier_plays desc, plays desc, track_id) as place
        from tracks_of_late where silent_days >= {silent}
        union all
        select 'obsession' as kind, track_id, plays, until as first_on, null as earlier_plays,
            null as silent_days, row_number() over (order by plays desc, until desc, track_id)
        from weeks where plays >= {dense}
    )
    select numbered.kind, numbered.track_id, numbered.plays, numbered.first_on,
        numbered.earlier_plays, numbered.silent_days, tracks.track_name, tracks.artist_name,
        tracks.album_name, tracks.image_url, tracks.url
    from numbered left join gold.tracks as tracks on tracks.track_id = numbered.track_id
    where numbered.place <= case when numbered.kind = 'obsession' then 1 else {shown} end
    order by numbered.kind, numbered.place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Listening time of this week, from Monday up to today, and of the week before."""

    heard_ms: int
    before_ms: int  # of the same days of the week before
    last_day: date  # of these
    change: float | None  # a share, None after a week without plays


@dataclass(frozen=True, slots=True, kw_only=True)
class TracksOfLate:
    """Tracks of the last four weeks that stand out, each a row with its names and cover."""

    discoveries: list[Row]  # first played in these weeks, and played again
    returns: list[Row]  # played again after `silent_days`
    obsession: Row | None  # most plays within a week, which ended on `first_on`


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """The next round number of plays or hours."""

    unit: str  # plays or hours
    number: int
    left: int  # in that unit
    share: float  # of the way from the last round number
    expected_on: date | None  # at the pace of the last four weeks, None where that says nothing


def period_of_late(today: date) -> Period:
    """Return the last four weeks, today included."""
    return Period(first=today - timedelta(weeks=WEEKS_OF_LATE) + ONE_DAY, last=today)


def top_items(listens: ListenQuery, period: Period) -> dict[str, Row | None]:
    """Return the most played track, artist and album of a period by kind."""
    chosen = listens.during(period)
    lists = {kind: top_list(chosen, kind, by="plays", limit=1, moves=False) for kind in KINDS}
    return {kind: next(iter(found.rows), None) for kind, found in lists.items()}


def week(days: Sequence[Day], *, today: date) -> Week:
    """Compare this week so far with the same days of the week before."""
    this = Period(first=start_of(today, "week"), last=today)
    last_day = today - timedelta(weeks=1)
    before = Period(first=start_of(last_day, "week"), last=last_day)
    now, then = (Totals.of(select_days(days, period)).heard_ms for period in (this, before))
    return Week(heard_ms=now, before_ms=then, last_day=last_day, change=growth(now, then))


def anniversaries(listens: ListenQuery, *, today: date, first_year: int) -> list[Row]:
    """Return a row for each earlier year in which something was played on this date.

    A row holds the plays and time of that day, and its most played track.
    """
    dates = [day for year in range(first_year, today.year) if (day := _in_year(today, year))]
    if not dates:
        return []
    sql = ANNIVERSARIES.format(dates=", ".join("?" for _ in dates))
    past = listens.during(Period(first=dates[0], last=dates[-1]))
    return past.rows(sql, *dates, grain=Grain.TRACK)


def _in_year(day: date, year: int) -> date | None:
    """Return the same date of another year; None for 29 February in most years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return None


def tracks_of_late(listens: ListenQuery, *, today: date) -> TracksOfLate:
    """Return what stands out in the last four weeks, from one query."""
    period = period_of_late(today)
    assert period.first
    recent, bound = listens.during(period).facts(Grain.TRACK)
    before, bound_before = listens.during(Period(last=period.first - ONE_DAY)).facts(Grain.TRACK)
    sql = TRACKS_OF_LATE.format(
        recent=recent,
        before=before,
        week=OBSESSION_DAYS,
        dense=OBSESSION_PLAYS,
        silent=SILENT_DAYS,
        shown=SHOWN,
    )
    rows = listens.named_rows(sql, *bound, *bound_before)
    kinds = {
        kind: [row for row in rows if row["kind"] == kind] for kind in ("discoveries", "returns")
    }
    obsession = next((row for row in rows if row["kind"] == "obsession"), None)
    return TracksOfLate(**kinds, obsession=obsession)


def next_milestone(days: Sequence[Day], *, today: date) -> Milestone | None:
    """Return the round number that comes first at the present pace; None before the first play.

    The pace is that of the 28 days before today. Without plays in them, or when listening began
    later, there is no expected date, and plays come before hours.
    """
    totals = Totals.of(days)
    if not totals.plays:
        return None
    whole = Period(first=today - timedelta(weeks=WEEKS_OF_LATE), last=today - ONE_DAY)
    pace = Totals.of(select_days(days, whole))
    is_known = bool(whole.first and days[0].local_date <= whole.first)
    found = [
        _milestone("plays", totals.plays, pace.plays if is_known else 0, today=today),
        _milestone(
            "hours",
            totals.heard_ms / 3_600_000,
            pace.heard_ms / 3_600_000 if is_known else 0,
            today=today,
        ),
    ]
    return min(found, key=lambda milestone: milestone.expected_on or date.max)


def _milestone(unit: str, number: float, recent: float, *, today: date) -> Milestone:
    """Return the milestone after `number`, with `recent` of it in the last four weeks."""
    step = max(100, 10 ** (len(str(int(number))) - 1))
    goal = (int(number) // step + 1) * step
    left = goal - number
    wait = left / recent * 7 * WEEKS_OF_LATE if recent else FARTHEST_DAYS + 1
    return Milestone(
        unit=unit,
        number=goal,
        left=ceil(left),
        share=1 - left / step,
        expected_on=today + timedelta(days=ceil(wait)) if wait <= FARTHEST_DAYS else None,
    )
