"""Two periods of one listener, or one period of two who are in the house."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import Period, read_period
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.query import View
from spotifyweb.dashboards.request import Asked
from spotifyweb.dashboards.stats import overview, top
from spotifyweb.dashboards.stats.overview import Totals, Unique
from spotifyweb.warehouse import Row


class NotAMate(Exception):
    """Not both are in the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two that are compared."""

    title: str
    period: Period
    totals: Totals
    unique: Unique
    artists: list[Row]
    tracks: list[Row]


def compared(asked: Asked, query: Mapping[str, str]) -> list[Side]:
    """The two sides. Raises NotAMate for the handle of whoever has not agreed to it."""
    left, right = periods(query, today=asked.today)
    if other := query.get("with", ""):
        mate = mates_of(asked.listener).get(other)
        if mate is None:
            raise NotAMate(other)
        filters = members.neutral(asked.filters)
        mine = replace(asked.view, filters=replace(filters, rules=asked.filters.rules))
        theirs = members.view_of(mate, filters, asked.view.warehouse)
        return [side(mine, left, "You"), side(theirs, left, members.name_of(mate))]
    return [side(asked.view, left, "The first"), side(asked.view, right, "The second")]


def mates_of(listener: Listener) -> dict[str, Listener]:
    """With whom they can be compared, by handle: nobody, for who has not agreed to it."""
    mates = members.members()
    if listener.user_id not in mates:
        return {}
    return {members.handle(mate): mate for mate in mates.values() if mate != listener}


def common(sides: list[Side]) -> list[str]:
    """The artists in both top tens."""
    first, second = ({row["artist_name"] for row in side.artists} for side in sides)
    return sorted(first & second)


def periods(query: Mapping[str, str], *, today: date) -> tuple[Period, Period]:
    """As asked; else the last 30 whole days and the 30 before."""
    month = Period(first=today - timedelta(days=30), last=today - timedelta(days=1))
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
