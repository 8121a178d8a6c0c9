"""The first page."""

from collections.abc import Container, Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import heatmap, pending_erasure
from spotifyweb.dashboards.charts import Band, Chart, Series, minutes
from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.filters import ONE_DAY, Period
from spotifyweb.dashboards.heatmap import Square
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import overview
from spotifyweb.dashboards.stats.overview import Day, Streaks, Totals, within
from spotifyweb.dashboards.time_buckets import start_of


def index(request: HttpRequest) -> HttpResponse:
    """`/`: the overview, or for strangers what this is and where to log in."""
    if not request.user.is_authenticated:
        return render(request, "dashboards/welcome.html")
    return overview_page(request)


@listening_page
def overview_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    context = shown(asked) | {
        "recent": pending_erasure.kept(asked.listener, overview.recent(asked.view)),
    }
    return render(request, "dashboards/overview.html", context)


def shown(asked: Asked) -> dict[str, object]:
    """What the page shows, but for the last plays, which no link shares."""
    view = asked.view
    days = overview.days(view)
    recent = chart_period(asked, days)
    last_days = overview.filled(days, recent)
    bands = gaps.bands(asked)
    short = gaps.short_days(bands)
    return asked.context() | {
        "totals": Totals.of(days),
        "unique": overview.unique(view),
        "changes": changes(asked, days),
        "streaks": streaks(asked, days),
        "chart": listening_chart(last_days, bands),
        "chart_totals": Totals.of(last_days),
        "calendar": year_of_days(asked, days, until=recent.last or asked.today, short=short),
        "calendar_is_short": bool(short),
        "as_of": overview.newest_at(view.warehouse),
    }


def year_of_days(
    asked: Asked, days: Sequence[Day], *, until: date, short: Container[date]
) -> list[list[Square]]:
    """The last year also where the view is of fewer days; a link shows its own days only."""
    year = Period(first=until - timedelta(weeks=heatmap.WEEKS), last=until)
    first = asked.filters.period.first
    if first is None or (year.first and first <= year.first):
        return heatmap.weeks(days, until=until, short=short)
    if asked.is_shared:
        count = (start_of(until, "week") - start_of(first, "week")).days // 7 + 1
        return heatmap.weeks(days, until=until, count=count, short=short)
    return heatmap.weeks(overview.days(asked.view.during(year)), until=until, short=short)


def chart_period(asked: Asked, days: Sequence[Day]) -> Period:
    """The chosen period up to 90 days; of a longer one its last 30 days that have plays."""
    period = asked.filters.period.ended(asked.today)
    if period.days and period.days <= 90:
        return period
    last = min(period.last or asked.today, asked.today)
    if days and (last - days[-1].local_date).days >= 30:
        last = days[-1].local_date
    return Period(first=last - timedelta(days=29), last=last)


def streaks(asked: Asked, days: Sequence[Day]) -> Streaks:
    """Of all time, whatever the period: days in a row do not end where somebody looks.

    A link of some days tells only of them.
    """
    if asked.filters.period != Period() and not asked.is_frozen:
        days = overview.days(asked.view.during(Period()))
    return overview.streaks([day.local_date for day in days if day.plays], today=asked.today)


def changes(asked: Asked, days: Sequence[Day]) -> dict[str, Any]:
    """Growth over the days of the period that are over, against as many before; of all time, over
    the last 30 of them. Of a year, against the same days of the year before.

    None of a period without a beginning. A link of some days tells nothing of those before them.
    """
    is_all = asked.filters.period == Period()
    period = Period(first=asked.today - 30 * ONE_DAY) if is_all else asked.filters.period
    whole = period.ended(asked.today).whole(asked.today)
    before = whole.before() if whole else None
    if whole is None or before is None or asked.is_frozen:
        return {"days": None, "against": None, "plays": None, "heard_ms": None}
    earlier = days if is_all else overview.days(asked.view.during(before))
    now, then = Totals.of(within(days, whole)), Totals.of(within(earlier, before))
    return {
        "days": whole.days,
        "against": before,
        "plays": overview.change(now.plays, then.plays),
        "heard_ms": overview.change(now.heard_ms, then.heard_ms),
    }


def listening_chart(days: Sequence[Day], bands: tuple[Band, ...] = ()) -> Chart:
    return Chart(
        name="days",
        title="Listening time per day",
        dates=[day.local_date for day in days],
        series=[
            Series(label="Time", values=minutes([day.heard_ms for day in days]), unit="minutes")
        ],
        bands=bands,
    )
