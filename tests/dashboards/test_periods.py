"""A period against the one before it: how numbers grew, and how places moved."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import asking, top
from tests.dashboards import counting
from tests.dashboards.answers import Asking
from tests.dashboards.conftest import shown
from tests.dashboards.heard import Heard

APRIL = "from=2026-04-01&to=2026-04-30"
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)
BEFORE = date(2026, 3, 2), date(2026, 3, 31)  # as many days


def test_change_is_against_as_many_days_before(ask: Asking) -> None:
    told = ask(f"overview?{APRIL}")["changes"]
    assert told == shown(ask.somebody, f"/?{APRIL}")["changes"]
    assert told == grown(ask.music(FIRST, LAST), ask.music(*BEFORE)) | {"days": 30}


def test_a_period_without_an_end_goes_until_today(ask: Asking) -> None:
    first = date(2026, 6, 1)
    told = ask(f"overview?from={first}")["changes"]
    days = told.pop("days")
    assert days <= (ask.today - first).days + 1 <= days + 1  # midnight may be between
    before = ask.music(first - timedelta(days), first - timedelta(1))
    assert told == grown(ask.music(first), before)


def test_a_young_period_is_drawn_from_its_first_day(ask: Asking) -> None:
    first = ask.today - timedelta(9)
    assert ask(f"overview?from={first}")["last_days"]["first"] == str(first)


def test_a_period_without_a_beginning_has_none_before_it(ask: Asking) -> None:
    nothing = {"days": None, "plays": None, "heard_ms": None}
    assert ask("overview?to=2026-04-30")["changes"] == nothing


def grown(now: list[Heard], then: list[Heard]) -> dict[str, Any]:
    theirs, before = counting.totals(now), counting.totals(then)
    names = ("plays", "heard_ms")
    return {n: pytest.approx((theirs[n] - before[n]) / before[n]) for n in names}


@pytest.mark.parametrize("kind", ["tracks", "artists", "albums"])
@pytest.mark.parametrize("by", ["plays", "time"])
def test_places_and_how_they_moved(ask: Asking, kind: str, by: str) -> None:
    for query, plays in (("", ask.plays()), (APRIL, ask.plays(FIRST, LAST))):
        counted = counting.ranking(plays, kind, by=by)
        rows = pages_of(ask, f"top/{kind}?by={by}&{query}")
        keys = [tuple(row[name] for name in counting.NAMES[kind]) for row in rows]
        found = [(key, row["plays"], row["heard_ms"]) for key, row in zip(keys, rows, strict=True)]
        assert found == counted
        assert [row["place"] for row in rows] == list(range(1, len(counted) + 1))
    before = counting.ranking(ask.plays(*BEFORE), kind, by=by)
    moved = dict(zip(keys, (row["moved"] for row in rows), strict=True))
    assert moved == counting.moves(counted, before)


def test_a_place_before_is_found_however_far_down(
    kavya: Listener, all_heard: list[Heard], altered: Callable[[str], None]
) -> None:
    """Behind 2,100 tracks, and also where only one track is shown."""
    altered(
        "insert into gold.user_track_daily select 'kavya', date '2026-03-08', 'crowd ' || i,"
        " 'Computer', 'player', 'track', 99, 0, 99 from range(2100) as crowd (i)"
    )
    ask = Asking(kavya, all_heard)
    crowd: list[tuple[Any, ...]] = [((f"crowd {number}",),) for number in range(2100)]
    before = crowd + counting.ranking(ask.plays(*BEFORE), "tracks", by="plays")
    now = counting.ranking(ask.plays(FIRST, LAST), "tracks", by="plays")
    moves = list(counting.moves(now, before).values())
    rows = ask(f"top/tracks?{APRIL}")["results"]
    assert [(row["moved"], row["is_new"]) for row in rows] == [(was, was is None) for was in moves]
    view = asking.asked(kavya, QueryDict(APRIL).dict(), now=timezone.now()).view
    for place in (moves.index(None), moves.index(min(filter(None, moves)))):
        [row] = top.ranking(view, "tracks", by="plays", limit=1, offset=place).rows
        assert (row["moved"], row["is_new"]) == (moves[place], moves[place] is None)


def pages_of(ask: Asking, path: str) -> list[Any]:
    first = ask(path)
    rest = [ask(f"{path}&page={number}")["results"] for number in range(2, first["pages"] + 1)]
    return [*first["results"], *(row for page in rest for row in page)]
