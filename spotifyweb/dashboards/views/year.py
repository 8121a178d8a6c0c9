"""`/year/<year>/`: a year in review, as a page and as a picture."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from spotifyweb.dashboards.charts import Band, Chart, Series, minutes
from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import overview, year
from spotifyweb.dashboards.stats.year import Year
from spotifyweb.dashboards.time_buckets import Buckets


@listening_page
def newest_page(request: HttpRequest, asked: Asked) -> HttpResponse:  # noqa: ARG001
    newest, filters = [asked.scope.last.year], asked.filters.params()
    return redirect(reverse("dashboards:year", args=newest, query=filters))


@listening_page
def year_page(request: HttpRequest, asked: Asked, number: int) -> HttpResponse:
    return render(request, "dashboards/year.html", of_year(asked, number))


@listening_page
def picture(request: HttpRequest, asked: Asked, number: int) -> HttpResponse:  # noqa: ARG001
    return card(asked, number)


def card(asked: Asked, number: int) -> HttpResponse:
    """The year on one card, as SVG; the page turns it into a PNG."""
    svg = render_to_string("dashboards/year_card.svg", of_year(asked, number))
    return HttpResponse(svg, content_type="image/svg+xml")


def shown(asked: Asked, query: Mapping[str, str]) -> dict[str, object]:  # noqa: ARG001
    """For a link: the year of its filters."""
    return of_year(asked, number_of(asked))


def number_of(asked: Asked) -> int:
    """The newest year of the filters; where they have no end, the newest with plays."""
    first, last = asked.filters.period.first, asked.filters.period.last
    newest = min(last, asked.today) if last else asked.scope.last
    return max(first or newest, newest).year


def of_year(asked: Asked, number: int) -> dict[str, object]:
    if not (asked.is_frozen or asked.scope.first.year <= number <= asked.scope.last.year):
        raise Http404
    found = year.review(asked.view, number, today=asked.today, is_frozen=asked.is_frozen)
    most = max(found.months) or 1
    return asked.context() | {
        "year": found,
        "chart": months_chart(found, gaps.bands(asked)),
        "bars": [
            {"x": 60 + 80 * place, "y": 1010 - 160 * heard // most, "height": 160 * heard // most}
            for place, heard in enumerate(found.months)
        ],
        "as_of": overview.newest_at(asked.view.warehouse),
    }


def months_chart(found: Year, bands: tuple[Band, ...]) -> Chart:
    months = Buckets(period=found.period, step="month").dates
    heard = [found.months[first.month - 1] for first in months]
    return Chart(
        name="months",
        title="Listening time per month",
        dates=months,
        series=[Series(label="Time", values=minutes(heard), unit="minutes")],
        step="month",
        bands=bands,
    )
