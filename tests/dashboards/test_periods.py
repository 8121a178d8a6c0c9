"""A period against the one before it: how numbers grew, and how places moved."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import request
from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.stats import overview, top
from tests.dashboards.answers import Asking, Heard
from tests.dashboards.conftest import shown
from tests.support import reference_stats
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen

APRIL = "from=2026-04-01&to=2026-04-30"
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)
BEFORE = date(2026, 3, 2), date(2026, 3, 31)  # as many days


def test_change_is_against_as_many_days_before(ask: Asking) -> None:
    told = ask(f"overview?{APRIL}")["changes"]
    against = told.pop("against")
    assert (against["first"], against["last"]) == (str(BEFORE[0]), str(BEFORE[1]))
    page = shown(ask.somebody, f"/?{APRIL}")["changes"]
    assert {name: page[name] for name in told} == told
    assert told == grown(ask.music(FIRST, LAST), ask.music(*BEFORE)) | {"days": 30}


def test_a_period_without_an_end_is_compared_over_its_days_that_are_over(ask: Asking) -> None:
    first = date(2026, 6, 1)
    told = ask(f"overview?from={first}")["changes"]
    days = told.pop("days")
    assert days <= (ask.today - first).days <= days + 1  # midnight may be between
    assert told.pop("against")["first"] == str(first - timedelta(days))
    before = ask.music(first - timedelta(days), first - timedelta(1))
    assert told == grown(ask.music(first, first + timedelta(days - 1)), before)


def test_a_running_year_is_compared_with_the_same_days_of_the_year_before(
    kavya: Listener, altered: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with the days just before it, and the running day counts on neither side."""
    now = datetime(2026, 4, 5, 3, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    played = {"2025-01-01": 40, "2025-04-04": 2, "2025-04-05": 900, "2024-12-31": 500}
    rows = ", ".join(
        f"('kavya', date '{day}', 'Computer', 'player', 'track', {plays}, 0, 60000, 0, 1, 1)"
        for day, plays in played.items()
    )
    altered(f"insert into gold.daily_listening_by_device values {rows}")
    listens = request.read_request(
        kavya, {"from": "2026-01-01", "to": "2026-04-05"}, now=now
    ).listens
    days = {day.local_date: day.plays for day in overview.read_days(listens)}
    assert days.pop(date(2026, 4, 5)) > 0
    over = sum(days.values())
    for query in ("range=ytd", "range=2026"):
        found = shown(kavya, f"/?{query}")["changes"]
        assert found["against"] == Period(first=date(2025, 1, 1), last=date(2025, 4, 4))
        assert found["plays"] == pytest.approx((over - 42) / 42)
    year = shown(kavya, "/year/2026/")["year"]
    assert (year.compared.plays, year.before.plays) == (over, 42)
    html = browser_of(kavya).get("/year/2026/").content.decode()
    assert "vs the same days of 2025" in html
    assert "vs the same days of 2025" in browser_of(kavya).get("/?range=ytd").content.decode()


def test_a_leap_day_is_compared_with_the_day_before_it() -> None:
    leap = Period(first=date(2024, 1, 1), last=date(2024, 2, 29))
    assert leap.before() == Period(first=date(2023, 1, 1), last=date(2023, 2, 28))


def test_today_alone_is_compared_with_nothing(ask: Asking) -> None:
    nothing = {"days": None, "against": None, "plays": None, "heard_ms": None}
    assert ask(f"overview?from={ask.today}")["changes"] == nothing


def test_a_young_period_is_drawn_from_its_first_day(ask: Asking) -> None:
    first = ask.today - timedelta(9)
    assert ask(f"overview?from={first}")["last_days"]["first"] == str(first)


def test_a_period_without_a_beginning_has_none_before_it(ask: Asking) -> None:
    nothing = {"days": None, "against": None, "plays": None, "heard_ms": None}
    assert ask("overview?to=2026-04-30")["changes"] == nothing


def grown(now: list[CountedListen], then: list[CountedListen]) -> dict[str, Any]:
    theirs, before = reference_stats.totals(now), reference_stats.totals(then)
    names = ("plays", "heard_ms")
    return {n: pytest.approx((theirs[n] - before[n]) / before[n]) for n in names}


@pytest.mark.parametrize("kind", ["tracks", "artists", "albums"])
@pytest.mark.parametrize("by", ["plays", "time"])
def test_places_and_how_they_moved(ask: Asking, kind: str, by: str) -> None:
    for query, listens in (("", ask.music()), (APRIL, ask.music(FIRST, LAST))):
        counted = reference_stats.ranking(listens, kind, by=by)
        rows = pages_of(ask, f"top/{kind}?by={by}&{query}")
        keys = [tuple(row[name] for name in reference_stats.NAMES[kind]) for row in rows]
        found = [(key, row["plays"], row["heard_ms"]) for key, row in zip(keys, rows, strict=True)]
        assert found == counted
        assert [row["place"] for row in rows] == list(range(1, len(counted) + 1))
    before = reference_stats.ranking(ask.music(*BEFORE), kind, by=by)
    moved = dict(zip(keys, (row["moved"] for row in rows), strict=True))
    assert moved == reference_stats.moves(counted, before)


def test_a_place_before_is_found_however_far_down(
    kavya: Listener, heard_by: Callable[[str], Heard], altered: Callable[[str], None]
) -> None:
    """Behind 2,100 tracks, and also where only one track is shown."""
    altered(
        "insert into gold.user_track_daily select 'kavya', date '2026-03-08', 'crowd ' || i,"
        " 'crowd ' || i, 'Computer', 'player', 'track', 99, 0, 99 from range(2100) as crowd (i)"
    )
    ask = Asking(kavya, heard_by("kavya"))
    crowd: list[tuple[Any, ...]] = [((f"crowd {number}",),) for number in range(2100)]
    before = crowd + reference_stats.ranking(ask.music(*BEFORE), "tracks", by="plays")
    now = reference_stats.ranking(ask.music(FIRST, LAST), "tracks", by="plays")
    moves = list(reference_stats.moves(now, before).values())
    rows = ask(f"top/tracks?{APRIL}")["results"]
    assert [(row["moved"], row["is_new"]) for row in rows] == [(was, was is None) for was in moves]
    listens = request.read_request(kavya, QueryDict(APRIL).dict(), now=timezone.now()).listens
    for place in (moves.index(None), moves.index(min(filter(None, moves)))):
        [row] = top.top_list(listens, "tracks", by="plays", limit=1, offset=place).rows
        assert (row["moved"], row["is_new"]) == (moves[place], moves[place] is None)


def pages_of(ask: Asking, path: str) -> list[Any]:
    first = ask(path)
    rest = [ask(f"{path}&page={number}")["results"] for number in range(2, first["pages"] + 1)]
    return [*first["results"], *(row for page in rest for row in page)]
