"""Statistics of the home page: top items of late, on this day, new, back again, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice
from math import ceil

from spotifyweb.dashboards.filters import ONE_DAY, Period, start_of_week
from spotifyweb.dashboards.query import Grain, ListenQuery
from spotifyweb.dashboards.stats.overview import Day, Totals, growth, select_days
from spotifyweb.warehouse import Row, placeholders

RECENT_WEEKS = 4
SHOWN = 6  # tracks in a list of new ones or of those that are back
SILENT_DAYS = 90  # so long a track was not played before it counts as back
OBSESSION_DAYS, OBSESSION_PLAYS = 7, 5  # so many plays within so many days
FARTHEST_DAYS = 730  # beyond two years a pace of four weeks says nothing

# Each kind as the ranking of its own page has it first; one query instead of three.
TOP_ITEMS = """
    with totals as (
        select track_id, release_track_id, sum(plays) as plays, sum(heard_ms) as heard_ms
        from ({facts}) as facts group by track_id, release_track_id
    ),
    played_tracks as (
        select totals.track_id, totals.plays, totals.heard_ms, tracks.artist_name
        from totals left join gold.tracks as tracks on tracks.track_id = totals.track_id
    ),
    items as (
        select 'tracks' as kind, track_id, max(artist_name) as artist_name,
            cast(null as varchar) as album_name, sum(plays) as plays, sum(heard_ms) as heard_ms
        from played_tracks group by track_id
        union all
        select 'artists' as kind, null as track_id, artist_name, null as album_name,
            sum(plays) as plays, sum(heard_ms) as heard_ms
        from played_tracks where artist_name is not null group by artist_name
        union all
        select 'albums' as kind, null as track_id, releases.artist_name, releases.album_name,
            sum(totals.plays) as plays, sum(totals.heard_ms) as heard_ms
        from totals
        inner join gold.releases as releases on releases.release_track_id = totals.release_track_id
        where releases.artist_name is not null and releases.album_name is not null
        group by releases.artist_name, releases.album_name
    ),
    ranked as (
        select *, row_number() over (
            partition by kind
            order by plays desc, heard_ms desc, track_id, artist_name, album_name
        ) as place
        from items where plays > 0
    )
    select kind, track_id, artist_name, album_name, plays, heard_ms from ranked where place = 1
"""
# The most played track of each day.
ANNIVERSARIES = """
    with tracks_of_day as (
        select local_date, track_id, sum(plays) as plays, sum(heard_ms) as heard_ms
        from ({facts}) as facts group by local_date, track_id
    ),
    ranked as (
        select *, row_number() over (
            partition by local_date order by plays desc, heard_ms desc, track_id
        ) as place
        from tracks_of_day
    )
    select local_date, track_id from ranked where place = 1
"""
# Only tracks of the last weeks are looked up in the time before.
RECENT_TRACKS = """
    with days as (
        select track_id, local_date, sum(plays) as plays
        from ({recent}) as recent_facts where plays > 0 group by track_id, local_date
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
    compared as (
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
        from compared where earlier_plays is null and plays >= 2
        union all
        select 'returns' as kind, track_id, plays, first_on, earlier_plays, silent_days,
            row_number() over (order by earlier_plays desc, plays desc, track_id) as place
        from compared where silent_days >= {silent}
        union all
        select 'obsession' as kind, track_id, plays, until as first_on, null as earlier_plays,
            null as silent_days, row_number() over (order by plays desc, until desc, track_id)
        from weeks where plays >= {dense}
    )
    select kind, track_id, plays, first_on, earlier_plays, silent_days
    from numbered where place <= case when kind = 'obsession' then 1 else {shown} end
    order by kind, place
"""
# Looked up once for the few tracks of a page: a join would read the names of all, and each look-up
# reads the ids of all.
NAMES = """
    select tracks.track_id, tracks.track_name, tracks.artist_name, tracks.album_name,
        tracks.image_url, tracks.url
    from gold.tracks as tracks where tracks.track_id in ({ids})
"""
PICTURES = """
    select 'artists' as kind, image_url from gold.user_artists
    where user_id = ? and content_type = 'track' and artist_name = ?
    union all
    select 'albums' as kind, image_url from gold.user_albums
    where user_id = ? and content_type = 'track' and artist_name = ? and album_name = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Listening time of this week up to today, and of the same days of the week before."""

    heard_ms: int
    before_ms: int  # of the same days of the week before
    last_day: date  # of these
    change: float | None  # a share, None after a week without plays


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentTracks:
    """Tracks of the last four weeks that stand out, as rows."""

    discoveries: list[Row]  # first played in these weeks, and played again
    returns: list[Row]  # played again after `silent_days`
    obsession: Row | None  # most plays within a week, which ended on `first_on`

    @property
    def rows(self) -> list[Row]:
        obsession = [self.obsession] if self.obsession else []
        return [*self.discoveries, *self.returns, *obsession]


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """The next round number of plays or hours."""

    unit: str  # plays or hours
    number: int
    left: int  # in that unit
    share: float  # of the way from the last round number
    expected_on: date | None  # at the pace of the last four weeks, None where that says nothing


def recent_period(today: date) -> Period:
    """Return the last four weeks, today included."""
    return Period(first=today - timedelta(weeks=RECENT_WEEKS) + ONE_DAY, last=today)


def top_items(listens: ListenQuery, period: Period) -> dict[str, Row]:
    """Return the most played track, artist and album of a period by kind."""
    facts, bound = listens.during(period).facts(Grain.TRACK)
    rows = listens.named_rows(TOP_ITEMS.format(facts=facts), *bound)
    tops = {row["kind"]: row for row in rows}
    artist, album = tops.get("artists", {}), tops.get("albums", {})
    bound = [listens.user_id, artist.get("artist_name"), listens.user_id]
    bound += [album.get(name) for name in ("artist_name", "album_name")]
    for row in listens.warehouse.rows(PICTURES, bound) if tops else []:
        tops[row["kind"]]["image_url"] = row["image_url"]
    return tops


def add_names(listens: ListenQuery, rows: Sequence[Row]) -> None:
    """Add names, cover and link of their tracks to rows, from one query."""
    ids = sorted({row["track_id"] for row in rows if row["track_id"]})
    if not ids:
        return
    named = listens.named_rows(NAMES.format(ids=placeholders(ids)), *ids)
    tracks = {track["track_id"]: track for track in named}
    for row in rows:
        row.update(tracks.get(row["track_id"], {}))


def week(
    days: Sequence[Day], *, today: date, history_from: date = date.min, first_weekday: int = 0
) -> Week:
    """Compare this week so far with the same days of the week before, if the history has these.

    The first day of a week is compared with nothing, as most of it is to come.
    """
    last_day = today - timedelta(weeks=1)
    this, before = (
        Period(first=start_of_week(day, first_weekday), last=day) for day in (today, last_day)
    )
    now, then = (Totals.of(select_days(days, period)).heard_ms for period in (this, before))
    is_known = this.first != today and not before.begins_before(history_from)
    change = growth(now, then) if is_known else None
    return Week(heard_ms=now, before_ms=then, last_day=last_day, change=change)


def anniversaries(listens: ListenQuery, days: Sequence[Day], *, today: date) -> list[Row]:
    """Return a row for this date in each of the last earlier years with plays, newest first.

    A row holds the plays and time of that day, as `days` has them, and its most played track.
    """
    earlier = (day for day in reversed(days) if day.plays and day.local_date < today)
    this_date = (today.month, today.day)
    found = (day for day in earlier if (day.local_date.month, day.local_date.day) == this_date)
    played = list(islice(found, SHOWN))
    if not played:
        return []
    # a part for each day: an engine finds the few blocks of that day, not of all dates at once
    parts = [listens.during(Period(first=on, last=on)) for on in (day.local_date for day in played)]
    facts, bound = zip(*(part.facts(Grain.TRACK) for part in parts), strict=True)
    sql = ANNIVERSARIES.format(facts=" union all ".join(facts))
    rows = listens.named_rows(sql, *chain.from_iterable(bound))
    tops = {row["local_date"]: row["track_id"] for row in rows}
    return [
        {
            "local_date": day.local_date,
            "day_plays": day.plays,
            "day_ms": day.heard_ms,
            "track_id": tops.get(day.local_date),
        }
        for day in played
    ]


def recent_tracks(listens: ListenQuery, *, today: date) -> RecentTracks:
    """Return what stands out in the last four weeks, from one query."""
    period = recent_period(today)
    assert period.first
    recent, bound = listens.during(period).facts(Grain.TRACK)
    before, bound_before = listens.during(Period(last=period.first - ONE_DAY)).facts(Grain.TRACK)
    sql = RECENT_TRACKS.format(
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
    return RecentTracks(**kinds, obsession=obsession)


def next_milestone(days: Sequence[Day], *, today: date) -> Milestone | None:
    """Return the round number that comes first at the present pace; None before the first play.

    The pace is that of the 28 days before today. Without plays in them, or when listening began
    later, there is no expected date, and plays come before hours.
    """
    totals = Totals.of(days)
    if not totals.plays:
        return None
    whole = Period(first=today - timedelta(weeks=RECENT_WEEKS), last=today - ONE_DAY)
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
    wait = left / recent * 7 * RECENT_WEEKS if recent else FARTHEST_DAYS + 1
    return Milestone(
        unit=unit,
        number=goal,
        left=ceil(left),
        share=1 - left / step,
        expected_on=today + timedelta(days=ceil(wait)) if wait <= FARTHEST_DAYS else None,
    )
