"""A year in review."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from spotifyweb.dashboards import filters
from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.query import View
from spotifyweb.dashboards.stats import overview, top, trends
from spotifyweb.dashboards.stats.overview import Day, Streaks, Totals, Unique
from spotifyweb.dashboards.templatetags import formatting
from spotifyweb.warehouse import Row

NEW_ARTISTS = """
    , firsts as (
        select tracks.artist_name, min(known.first_date) as first_date
        from gold.user_tracks as known
        inner join gold.tracks as tracks on tracks.track_id = known.track_id
        where known.user_id = ? and known.plays > 0 and tracks.artist_name is not null
        group by tracks.artist_name
    )
    select firsts.artist_name, sum(heard.plays) as plays, sum(heard.heard_ms) as heard_ms
    from heard inner join gold.tracks as tracks on tracks.track_id = heard.track_id
    inner join firsts on firsts.artist_name = tracks.artist_name
    where firsts.first_date between ? and ?
    group by firsts.artist_name having sum(heard.plays) > 0
    order by plays desc, heard_ms desc, firsts.artist_name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    number: int
    period: Period  # its days that are looked at
    totals: Totals
    over: Period | None  # its days that are over; None where nothing is compared
    compared: Totals  # of these days
    before: Totals  # of the same days of the year before
    unique: Unique
    streaks: Streaks
    busiest: Day | None
    months: list[int]  # heard_ms of each
    favourite_hour: int | None
    tracks: list[Row]
    artists: list[Row]
    albums: list[Row]
    new_artists: list[Row]

    @property
    def days(self) -> str:
        """Its days in words."""
        if self.period == filters.year(self.number):
            return "January to December"
        return f"{formatting.day(self.period.first)} to {formatting.day(self.period.last)}"

    @property
    def is_whole(self) -> bool:
        """Whether each of its days is over."""
        return self.over == filters.year(self.number)

    @property
    def change(self) -> float | None:
        return overview.change(self.compared.heard_ms, self.before.heard_ms)


def review(view: View, number: int, *, today: date, is_frozen: bool = False) -> Year:
    """Everything of that year on its listener's calendar, compared over its days that are over.

    Frozen, only the view's own days of it, without what other days tell: growth, moves, novelty.
    """
    whole = filters.year(number)
    period = view.filters.period.within(whole) if is_frozen else whole
    this = view.during(period)
    days = overview.days(this)
    over = None if is_frozen else period.whole(today)
    before = over.before() if over else None
    ranked = partial(top.ranking, this, limit=5, moves=not is_frozen)
    played = [day.local_date for day in days if day.plays]
    return Year(
        number=number,
        period=period,
        totals=Totals.of(days),
        over=over,
        compared=Totals.of(overview.within(days, over) if over else []),
        before=Totals.of(overview.days(view.during(before)) if before else []),
        unique=overview.unique(this),
        streaks=overview.streaks(played, today=date.max),
        busiest=max(days, key=lambda day: day.heard_ms, default=None),
        months=months(days),
        favourite_hour=favourite_hour(this),
        tracks=ranked("tracks", by="plays").rows,
        artists=ranked("artists", by="time").rows,
        albums=ranked("albums", by="time").rows,
        new_artists=[] if is_frozen else new_artists(this),
    )


def new_artists(view: View) -> list[Row]:
    """Those first heard in the days of this view."""
    period = view.filters.period
    return view.track_rows(NEW_ARTISTS, view.user_id, period.first, period.last)


def months(days: Sequence[Day]) -> list[int]:
    heard: Counter[int] = Counter()
    for day in days:
        heard[day.local_date.month] += day.heard_ms
    return [heard[month] for month in range(1, 13)]


def favourite_hour(view: View) -> int | None:
    """The hour of the day with the most listening."""
    hours: Counter[int] = Counter()
    for row in trends.clock(view):
        hours.update({cell.hour: cell.heard_ms for cell in row if cell.heard_ms})
    return max(hours, key=lambda hour: (hours[hour], -hour)) if hours else None
