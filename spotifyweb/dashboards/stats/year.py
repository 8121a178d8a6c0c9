"""Statistics of a calendar year."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.utils.translation import gettext

from spotifyweb.dashboards import filters
from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.query import ListenQuery
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
    select firsts.artist_name, sum(totals.plays) as plays, sum(totals.heard_ms) as heard_ms
    from totals inner join gold.tracks as tracks on tracks.track_id = totals.track_id
    inner join firsts on firsts.artist_name = tracks.artist_name
    where firsts.first_date between ? and ?
    group by firsts.artist_name having sum(totals.plays) > 0
    order by plays desc, heard_ms desc, firsts.artist_name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    number: int
    period: Period  # the days that are counted
    totals: Totals
    over: Period | None  # its days that are over; None without a comparison
    compared: Totals  # of `over`
    before: Totals  # of the same days of the year before
    history_from: date | None  # its first day, where the year before begins earlier
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
        """The counted days in words."""
        if self.period == filters.year(self.number):
            return gettext("January to December")
        return formatting.date_range(self.period.first, self.period.last)

    @property
    def is_whole(self) -> bool:
        """Whether all its days are over."""
        return self.over == filters.year(self.number)

    @property
    def is_first(self) -> bool:
        """Whether the history begins in it, so that every artist is new."""
        return bool(self.history_from and self.history_from.year == self.number)

    @property
    def change(self) -> float | None:
        if self.history_from:
            return None
        return overview.growth(self.compared.heard_ms, self.before.heard_ms)


def year_in_review(
    listens: ListenQuery,
    number: int,
    *,
    today: date,
    history_from: date = date.min,
    is_frozen: bool = False,
) -> Year:
    """Sum up a year on the listener's calendar, compared over the days that are over.

    A year before of which the history has only a part is not compared.

    A frozen link gets only its own days of the year, and nothing that follows from other days:
    growth, moves of ranks, new artists.
    """
    whole = filters.year(number)
    period = listens.filters.period.within(whole) if is_frozen else whole
    listens = listens.during(period)
    days = overview.read_days(listens)
    over = None if is_frozen else period.whole(today)
    before = over.before() if over else None
    ranked = partial(top.top_list, listens, limit=5, moves=not is_frozen)
    played = [day.local_date for day in days if day.plays]
    return Year(
        number=number,
        period=period,
        totals=Totals.of(days),
        over=over,
        compared=Totals.of(overview.select_days(days, over) if over else []),
        before=Totals.of(overview.read_days(listens.during(before)) if before else []),
        history_from=history_from if before and before.begins_before(history_from) else None,
        unique=overview.count_unique(listens),
        streaks=overview.streaks(played, today=date.max),
        busiest=max(days, key=lambda day: day.heard_ms, default=None),
        months=monthly_ms(days),
        favourite_hour=favourite_hour(listens),
        tracks=ranked("tracks", by="plays").rows,
        artists=ranked("artists", by="time").rows,
        albums=ranked("albums", by="time").rows,
        new_artists=[] if is_frozen else new_artists(listens),
    )


def new_artists(listens: ListenQuery) -> list[Row]:
    """Return the artists first played in the days of this query."""
    period = listens.filters.period
    return listens.track_rows(NEW_ARTISTS, listens.user_id, period.first, period.last)


def monthly_ms(days: Sequence[Day]) -> list[int]:
    """Return listening time, in milliseconds, of January to December."""
    totals: Counter[int] = Counter()
    for day in days:
        totals[day.local_date.month] += day.heard_ms
    return [totals[month] for month in range(1, 13)]


def favourite_hour(listens: ListenQuery) -> int | None:
    """Return the hour of the day with the most listening, None without any."""
    hours: Counter[int] = Counter()
    for row in trends.clock(listens):
        hours.update({cell.hour: cell.heard_ms for cell in row if cell.heard_ms})
    return max(hours, key=lambda hour: (hours[hour], -hour)) if hours else None
