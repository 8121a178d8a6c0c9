"""The listening clock, the longest sessions, release decades and ranks, counted over raw plays."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from spotifyweb.dashboards.models import ExclusionRule
from tests.dashboards.answers import Asking
from tests.dashboards.conftest import shown
from tests.support import reference_stats
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen

Counts = Callable[[CountedListen], bool]
DATED = """
    update gold.releases set release_date = case
        when cast(split_part(track_name, ' ', 2) as integer) % 3 = 0 then null
        else cast(1950 + cast(split_part(track_name, ' ', 2) as integer) as varchar) || '-05-03'
    end where track_name like 'Song %'
"""


def is_music(one: CountedListen) -> bool:
    return one.content_type == "track"


def test_the_hours_of_the_clock(ask: Asking) -> None:
    context = shown(ask.somebody, "/habits/")
    heard, plays = reference_stats.hours(ask.music()), Counter(o.local_at.hour for o in ask.plays())
    assert [(hour.plays, hour.heard_ms) for hour in context["hours"]] == [
        (plays[hour], heard[hour]) for hour in range(24)
    ]
    assert context["busiest"].heard_ms == max(heard.values())
    html = browser_of(ask.somebody).get("/habits/").content.decode()
    assert html.count("<path d=") >= sum(1 for hour in heard.values() if hour)
    assert "Listening clock as a table" in html


FILTERS: dict[str, Counts] = {
    "": is_music,
    "device=Computer": lambda one: is_music(one) and one.device == "Computer",
    "podcasts=with": lambda _: True,
    "min_ms=60000": lambda one: is_music(one) and one.listened_ms >= 60_000,
}


@pytest.mark.parametrize("query", FILTERS)
def test_the_longest_sessions(ask: Asking, query: str) -> None:
    rows = shown(ask.somebody, f"/habits/?{query}")["sessions"]
    assert listed(rows) == reference_stats.longest_sessions(ask.heard, FILTERS[query])


def test_sessions_of_a_period_are_those_that_began_in_it(ask: Asking) -> None:
    days = sorted({one.local_date for one in ask.plays()})
    first, last = days[1], days[-2]
    rows = shown(ask.somebody, f"/habits/?from={first}&to={last}")["sessions"]
    assert listed(rows) == reference_stats.longest_sessions(ask.heard, is_music, first, last)


@pytest.mark.parametrize("rule", [("artist", "Artist 3"), ("track", f"{10:021}X")])
def test_what_is_excluded_is_in_no_session(ask: Asking, rule: tuple[str, str]) -> None:
    ExclusionRule.objects.create(listener=ask.somebody, kind=rule[0], value=rule[1])
    is_out: dict[str, Counts] = {
        "artist": lambda one: one.artist_name == "Artist 3",
        "track": lambda one: one.track_name == "Song 10",
    }
    rows = shown(ask.somebody, "/habits/")["sessions"]
    assert listed(rows) == reference_stats.longest_sessions(
        ask.heard, lambda one: is_music(one) and not is_out[rule[0]](one)
    )


def listed(rows: list[Any]) -> list[tuple[Any, ...]]:
    names = ("local_at", "length_ms", "plays", "track_name")
    return [tuple(row[name] for name in names) for row in rows]


def test_decades_of_releases_that_have_a_date(ask: Asking, altered: Callable[[str], None]) -> None:
    altered(DATED)
    plays: Counter[int] = Counter()
    heard: Counter[int] = Counter()
    played = {one.release_id for one in ask.plays()}
    for one in ask.music():
        number = int(one.track_name.split()[1])
        if number % 3 and one.release_id in played:
            decade = (1950 + number) // 10 * 10
            plays[decade] += one.is_play and one.begins
            heard[decade] += one.heard_ms
    context = shown(ask.somebody, "/habits/")
    rows = [(row["decade"], row["plays"], row["heard_ms"]) for row in context["decades"]]
    assert rows == [(decade, plays[decade], heard[decade]) for decade in sorted(plays)]
    assert context["dated_share"] == pytest.approx(plays.total() / len(ask.plays()))
    assert "1950s" in browser_of(ask.somebody).get("/habits/").content.decode()


def test_without_dates_the_page_says_so(ask: Asking) -> None:
    html = browser_of(ask.somebody).get("/habits/").content.decode()
    assert "No release dates are known yet." in html


@pytest.mark.parametrize("query", ["", "device=Computer", "days"])
def test_an_artists_rank_over_time(ask: Asking, query: str) -> None:
    """By month; by week in a short period."""
    last = max(one.local_date for one in ask.plays())
    first = last - timedelta(days=100) if query == "days" else date.min
    heard = [
        o for o in ask.music(first, last) if query != "device=Computer" or o.device == "Computer"
    ]
    (artist,), *_ = reference_stats.ranking(heard, "artists", by="plays")[0]
    params = {"from": first, "to": last} if query == "days" else {}
    address = f"/artist/?{urlencode({'name': artist, **params})}&{query}"
    chart = shown(ask.somebody, address)["ranks"]
    ranks = {
        str(day): place
        for day, place in zip(chart.dates, chart.series[0].values, strict=True)
        if place
    }
    assert chart.step == ("week" if query == "days" else "month")
    assert ranks == reference_stats.artist_ranks(heard, artist, chart.step)
    html = browser_of(ask.somebody).get(address).content.decode()
    assert re.search(r"Rank per (week|month) as a table", html)
    assert f">#{min(ranks.values())}</td>" in html
    answer = ask(f"artist/ranks{address.removeprefix('/artist/')}")
    assert (answer["artist_name"], answer["step"]) == (artist, chart.step)
    assert {row["bucket"]: row["place"] for row in answer["rows"] if row["place"]} == ranks


def test_the_api_of_habits(ask: Asking, altered: Callable[[str], None]) -> None:
    altered(DATED)
    answer = ask("habits?device=Computer")
    on_computer = FILTERS["device=Computer"]
    heard = reference_stats.hours([one for one in ask.music() if on_computer(one)])
    assert [hour["heard_ms"] for hour in answer["hours"]] == [heard[hour] for hour in range(24)]
    sessions = reference_stats.longest_sessions(ask.heard, on_computer)
    assert listed(answer["sessions"]) == [(at.isoformat(), *rest) for at, *rest in sessions]
    page = shown(ask.somebody, "/habits/?device=Computer")["decades"]
    assert answer["decades"] == page and page


def test_the_api_knows_no_rank_of_what_was_never_played(ask: Asking) -> None:
    browser = browser_of(ask.somebody)
    assert browser.get("/api/v1/stats/artist/ranks?name=Nobody").status_code == 404


def test_the_axis_ends_with_the_data(ask: Asking) -> None:
    last = max(one.local_date for one in ask.heard)
    chart = shown(ask.somebody, "/trends/?step=day&podcasts=with")["listening"]
    assert chart.dates[-1] == last
    ahead = shown(ask.somebody, f"/trends/?step=day&from={ask.today}&to={ask.today + timedelta(9)}")
    assert ahead["listening"].dates[-1] <= ask.today
