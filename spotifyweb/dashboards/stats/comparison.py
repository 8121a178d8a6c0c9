"""Two periods of one listener compared, or one period of two household members."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import Period, read_period
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats import overview, top
from spotifyweb.dashboards.stats.overview import Totals, Unique
from spotifyweb.warehouse import Row


class NotAMember(Exception):
    """One of the two is not a member of the household."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison."""

    title: str
    period: Period
    totals: Totals
    unique: Unique
    artists: list[Row]
    tracks: list[Row]


def compare(stats_request: StatsRequest, query: Mapping[str, str]) -> list[Side]:
    """Return the two sides. Raises NotAMember for a handle that is not a member's."""
    left, right = periods(query, today=stats_request.today)
    if other := query.get("with", ""):
        member = comparable_members(stats_request.listener).get(other)
        if member is None:
            raise NotAMember(other)
        filters = members.shareable_filters(stats_request.filters)
        listens = replace(
            stats_request.listens, filters=replace(filters, rules=stats_request.filters.rules)
        )
        shared = members.shared_listens(member, filters, stats_request.listens.warehouse)
        return [
            build_side(listens, left, gettext("You")),
            build_side(shared, left, members.name_of(member)),
        ]
    return [
        build_side(stats_request.listens, left, gettext("Period A")),
        build_side(stats_request.listens, right, gettext("Period B")),
    ]


def comparable_members(listener: Listener) -> dict[str, Listener]:
    """Return the members a listener can be compared with, by handle; none for a non-member."""
    others = members.list_members()
    if listener.user_id not in others:
        return {}
    return {members.handle(other): other for other in others.values() if other != listener}


def common(sides: list[Side]) -> list[str]:
    """Return the artists in both top 10s."""
    first, second = ({row["artist_name"] for row in side.artists} for side in sides)
    return sorted(first & second)


def periods(query: Mapping[str, str], *, today: date) -> tuple[Period, Period]:
    """Return the requested periods, else the last 30 whole days and the 30 before."""
    month = Period(first=today - timedelta(days=30), last=today - timedelta(days=1))
    before = month.before()
    assert before is not None, "a month has one before"
    return _read_side_period(query, "a", month, today), _read_side_period(query, "b", before, today)


def _read_side_period(query: Mapping[str, str], name: str, default: Period, today: date) -> Period:
    dates = {key: query.get(f"{name}_{key}", "") for key in ("from", "to")}
    chosen, period = read_period(dates, today=today)
    return period if chosen == "custom" else default


def build_side(listens: ListenQuery, period: Period, title: str) -> Side:
    """Sum up one side."""
    listens = listens.during(period)
    return Side(
        title=title,
        period=period,
        totals=Totals.of(overview.read_days(listens)),
        unique=overview.count_unique(listens),
        artists=top.top_list(listens, "artists", by="plays", limit=10, moves=False).rows,
        tracks=top.top_list(listens, "tracks", by="plays", limit=10, moves=False).rows,
    )
