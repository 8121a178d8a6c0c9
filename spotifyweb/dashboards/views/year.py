"""`/year/<year>/`: a year in review, as a page and as a picture."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards.charts import Band, Chart, Series, minutes
from spotifyweb.dashboards.coverage.bands import chart_bands
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import overview, year
from spotifyweb.dashboards.stats.year import Year
from spotifyweb.dashboards.time_buckets import Buckets


@stats_page
def newest_year_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:  # noqa: ARG001
    newest, filters = [stats_request.scope.last.year], stats_request.filters.params()
    return redirect(reverse("dashboards:year", args=newest, query=filters))


@stats_page
def year_page(request: HttpRequest, stats_request: StatsRequest, number: int) -> HttpResponse:
    return render(request, "dashboards/year.html", year_context(stats_request, number))


@stats_page
def year_card(request: HttpRequest, stats_request: StatsRequest, number: int) -> HttpResponse:  # noqa: ARG001
    return render_card(stats_request, number)


def render_card(stats_request: StatsRequest, number: int) -> HttpResponse:
    """Render the year on one card, as SVG; the page turns it into a PNG."""
    svg = render_to_string("dashboards/year_card.svg", year_context(stats_request, number))
    return HttpResponse(svg, content_type="image/svg+xml")


def shared_year_context(stats_request: StatsRequest, query: Mapping[str, str]) -> dict[str, object]:  # noqa: ARG001
    """Return the context of a share link: the year of its filters."""
    return year_context(stats_request, year_of_filters(stats_request))


def year_of_filters(stats_request: StatsRequest) -> int:
    """Return the newest year of the filters, or the newest with plays where they have no end."""
    first, last = stats_request.filters.period.first, stats_request.filters.period.last
    newest = min(last, stats_request.today) if last else stats_request.scope.last
    return max(first or newest, newest).year


def year_context(stats_request: StatsRequest, number: int) -> dict[str, object]:
    if not (
        stats_request.is_frozen
        or stats_request.scope.first.year <= number <= stats_request.scope.last.year
    ):
        raise Http404
    review = year.year_in_review(
        stats_request.listens,
        number,
        today=stats_request.today,
        history_from=stats_request.scope.first,
        is_frozen=stats_request.is_frozen,
    )
    most = max(review.months) or 1
    return stats_request.context() | {
        "year": review,
        "chart": months_chart(review, chart_bands(stats_request)),
        "bars": [
            {
                "x": 60 + 80 * month,
                "y": 1010 - 160 * heard_ms // most,
                "height": 160 * heard_ms // most,
            }
            for month, heard_ms in enumerate(review.months)
        ],
        "as_of": overview.build_as_of(stats_request.listens.warehouse),
    }


def months_chart(review: Year, bands: tuple[Band, ...]) -> Chart:
    months = Buckets(period=review.period, step="month").dates
    values = [review.months[first.month - 1] for first in months]
    return Chart(
        name="months",
        title=_("Listening time per month"),
        dates=months,
        series=[Series(label=_("Time"), values=minutes(values), unit="minutes")],
        step="month",
        bands=bands,
    )
