"""`/`: the overview."""

from collections.abc import Container, Sequence
from datetime import date, timedelta
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards import live_plays
from spotifyweb.dashboards.charts import Band, Chart, Series, minutes
from spotifyweb.dashboards.coverage.bands import chart_bands, incomplete_days
from spotifyweb.dashboards.filters import Period, start_of_week
from spotifyweb.dashboards.request import StatsRequest, stats_fragment, stats_page
from spotifyweb.dashboards.stats import heatmap, home, overview
from spotifyweb.dashboards.stats.heatmap import Square
from spotifyweb.dashboards.stats.overview import Day, Totals


def index(request: HttpRequest) -> HttpResponse:
    """Show the overview, or the welcome page to those who are not logged in."""
    if not request.user.is_authenticated:
        return render(request, "dashboards/welcome.html")
    return overview_page(request)


@stats_page
def overview_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    days = overview.read_days(stats_request.listens)
    context = overview_context(stats_request, days) | recent_weeks_context(stats_request, days)
    context["recent"] = live_plays.recent_plays(stats_request)
    return render(request, "dashboards/overview.html", context)


@stats_fragment
def recent_plays(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    """Render the newest plays alone, for an open page when a play ended; five where asked short."""
    limit = 5 if "short" in request.GET else 20
    context = {
        "plays": live_plays.recent_plays(stats_request, limit=limit),
        "back": f"/?{stats_request.filters.query}",
    }
    return render(request, "fragments/plays.html", stats_request.context() | context)


def overview_context(stats_request: StatsRequest, days: Sequence[Day]) -> dict[str, object]:
    """Return the context of the part of the page that links share."""
    listens = stats_request.listens
    recent = overview.chart_period(stats_request, days)
    last_days = overview.fill_days(days, recent)
    bands = chart_bands(stats_request)
    short = incomplete_days(bands)
    return stats_request.context() | {
        "totals": Totals.of(days),
        "unique": overview.count_unique(listens),
        "changes": overview.changes(stats_request, days),
        "streaks": overview.all_time_streaks(stats_request, days),
        "chart": listening_chart(last_days, bands),
        "chart_totals": Totals.of(last_days),
        "calendar": heatmap_of_year(
            stats_request, days, until=recent.last or stats_request.today, short=short
        ),
        "calendar_is_short": bool(short),
        "as_of": overview.build_as_of(listens.warehouse),
    }


def recent_weeks_context(stats_request: StatsRequest, days: Sequence[Day]) -> dict[str, object]:
    """Return the context of what only the listener sees: the last weeks; `days` of the request.

    Under a period these are its top items alone: what is new or back is a matter of today.
    """
    listens, today = stats_request.listens, stats_request.today
    if stats_request.filters.period != Period():
        tops = home.top_items(listens, stats_request.filters.period)
        home.add_names(listens, [*tops.values()])
        return {"tops": tops}
    tops = home.top_items(listens, home.recent_period(today))
    late = home.recent_tracks(listens, today=today)
    anniversaries = home.anniversaries(listens, days, today=today)
    home.add_names(listens, [*tops.values(), *late.rows, *anniversaries])
    return {
        "is_recent": True,
        "tops": tops,
        "week": home.week(
            days,
            today=today,
            history_from=stats_request.scope.first,
            first_weekday=stats_request.first_weekday,
        ),
        "late": late,
        "anniversaries": anniversaries,
        "milestone": home.next_milestone(days, today=today),
    }


def heatmap_of_year(
    stats_request: StatsRequest, days: Sequence[Day], *, until: date, short: Container[date]
) -> list[list[Square]]:
    """Return the heat map of the last year even for a shorter period, except on a link."""
    year = Period(first=until - timedelta(weeks=heatmap.WEEKS), last=until)
    first, weekday = stats_request.filters.period.first, stats_request.first_weekday
    weeks = partial(heatmap.weeks, until=until, first_weekday=weekday, short=short)
    if first is None or (year.first and first <= year.first):
        return weeks(days)
    if stats_request.is_shared:
        days_between = start_of_week(until, weekday) - start_of_week(first, weekday)
        return weeks(days, count=days_between.days // 7 + 1)
    return weeks(overview.read_days(stats_request.listens.during(year)))


def listening_chart(days: Sequence[Day], bands: tuple[Band, ...] = ()) -> Chart:
    return Chart(
        name="days",
        title=_("Listening time per day"),
        dates=[day.local_date for day in days],
        series=[
            Series(label=_("Time"), values=minutes([day.heard_ms for day in days]), unit="minutes")
        ],
        bands=bands,
    )
