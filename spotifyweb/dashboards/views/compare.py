"""`/compare/`: two periods of one listener, or one period of two who are in the house."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards import house, overview, top
from spotifyweb.dashboards.asking import Asked, listening_page
from spotifyweb.dashboards.filters import Period, read_period
from spotifyweb.dashboards.overview import Totals, Unique
from spotifyweb.dashboards.reading import View
from spotifyweb.warehouse import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two that are compared."""

    title: str
    period: Period
    totals: Totals
    unique: Unique
    artists: list[Row]
    tracks: list[Row]


@listening_page
def compare_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    left, right = periods(request.GET, today=asked.today)
    other = request.GET.get("with", "")
    mates = house.members() if house.is_member(asked.listener) else {}
    if other and other not in mates:
        raise Http404
    theirs = replace(asked.view, user_id=other, exclusions=()) if other else asked.view
    sides = [
        side(asked.view, left, "You" if other else "The first"),
        side(theirs, left if other else right, str(mates[other]) if other else "The second"),
    ]
    common = {row["artist_name"] for row in sides[0].artists} & {
        row["artist_name"] for row in sides[1].artists
    }
    context = asked.context() | {
        "sides": sides,
        "left": left,
        "right": right,
        "other": other,
        "mates": {name: mate for name, mate in mates.items() if mate != asked.listener},
        "common": sorted(common),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    return render(request, "dashboards/compare.html", context)


def periods(query: Mapping[str, str], *, today: date) -> tuple[Period, Period]:
    """As asked; else the last 30 days and the 30 before."""
    month = Period(first=today - timedelta(days=29), last=today)
    before = month.before()
    assert before is not None, "a month has one before"
    return _period(query, "a", month, today), _period(query, "b", before, today)


def _period(query: Mapping[str, str], name: str, default: Period, today: date) -> Period:
    asked = {key: query.get(f"{name}_{key}", "") for key in ("from", "to")}
    chosen, period = read_period(asked, today=today)
    return period if chosen == "custom" else default


def side(view: View, period: Period, title: str) -> Side:
    own = view.during(period)
    return Side(
        title=title,
        period=period,
        totals=Totals.of(overview.days(own)),
        unique=overview.unique(own),
        artists=top.ranking(own, "artists", by="plays", limit=10, moves=False).rows,
        tracks=top.ranking(own, "tracks", by="plays", limit=10, moves=False).rows,
    )
