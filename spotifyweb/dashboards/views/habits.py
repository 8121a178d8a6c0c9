"""`/habits/`: the listening clock, the longest sessions and the decades of releases."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import habits, overview
from spotifyweb.dashboards.stats.habits import Hour

INNER, OUTER = 16, 48  # radii of the clock, in units of its picture
GAP = 0.02  # between two hours, in radians


@dataclass(frozen=True, slots=True, kw_only=True)
class Wedge:
    """An hour as a part of the clock, with midnight on top."""

    hour: Hour
    path: str  # of an SVG


@stats_page
def habits_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    listens = stats_request.listens
    hours, decades = habits.hours_of_day(listens), habits.release_decades(listens)
    plays = sum(hour.plays for hour in hours)
    busiest = max(hours, key=lambda hour: hour.heard_ms)
    context = stats_request.context() | {
        "hours": hours,
        "wedges": wedges(hours),
        "busiest": busiest if busiest.heard_ms else None,
        "sessions": habits.longest_sessions(listens),
        "decades": decades,
        "most_of_decade": max((row["plays"] for row in decades), default=0),
        "dated_share": sum(row["plays"] for row in decades) / plays if plays else None,
        "as_of": overview.build_as_of(listens.warehouse),
    }
    return render(request, "dashboards/habits.html", context)


def wedges(hours: Sequence[Hour]) -> list[Wedge]:
    """Return the hours with listening time as parts of a circle, longer with more of it."""
    most = max(hour.heard_ms for hour in hours)
    return [Wedge(hour=hour, path=_path(hour, most)) for hour in hours if hour.heard_ms]


def _path(hour: Hour, most: int) -> str:
    radius = INNER + (OUTER - INNER) * hour.heard_ms / most
    first, last = hour.hour * pi / 12 + GAP, (hour.hour + 1) * pi / 12 - GAP
    side = f"M {_point(INNER, first)} L {_point(radius, first)}"
    outer = f"A {radius:.2f} {radius:.2f} 0 0 1 {_point(radius, last)} L {_point(INNER, last)}"
    return f"{side} {outer} A {INNER} {INNER} 0 0 0 {_point(INNER, first)} Z"


def _point(radius: float, angle: float) -> str:
    return f"{radius * sin(angle):.2f} {-radius * cos(angle):.2f}"
