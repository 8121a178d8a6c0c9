"""Top lists and the pages of what they list."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from django.utils.http import urlencode

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import request
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.pagination import Page
from spotifyweb.dashboards.stats import top
from spotifyweb.dashboards.stats.items import KEYS
from tests.dashboards.answers import Asking
from tests.dashboards.conftest import shown
from tests.support import reference_stats
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of, pieces, time_of


@pytest.mark.parametrize("by", ["plays", "time"])
def test_artists_in_their_order(someone: Listener, all_heard: list[CountedListen], by: str) -> None:
    plays, time = Counter[str](), Counter[str]()
    for one in listens_of(all_heard, someone.user_id, lambda _: True):
        plays[one.artist_name] += one.is_play
        time[one.artist_name] += one.heard_ms
    rows = shown(someone, f"/top/?kind=artists&by={by}")["lists"][0][2].rows
    assert {row["artist_name"]: (row["plays"], row["heard_ms"]) for row in rows} == {
        name: (plays[name], time[name]) for name in plays if plays[name]
    }
    measured = [row["plays" if by == "plays" else "heard_ms"] for row in rows]
    assert measured == sorted(measured, reverse=True)
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))


def test_places_moved_since_the_period_before(kavya: Listener) -> None:
    now = shown(kavya, "/top/?kind=artists&from=2026-03-01&to=2026-03-31")["lists"][0][2].rows
    before = shown(kavya, "/top/?kind=artists&from=2026-01-29&to=2026-02-28")["lists"][0][2].rows
    places = {row["artist_name"]: row["place"] for row in before}
    for row in now:
        if places:
            was = places.get(row["artist_name"])
            assert row["moved"] == (None if was is None else was - row["place"])
        else:
            assert row["moved"] is None and not row["is_new"]


@pytest.mark.parametrize("kind", ["tracks", "artists", "albums"])
def test_what_a_build_added_up_is_what_the_days_add_up_to(kavya: Listener, kind: str) -> None:
    def rows(period: str) -> list[dict[str, object]]:
        told = shown(kavya, f"/top/?kind={kind}&by=time{period}")["lists"][0][2]
        return [{"found": told.total, **row} for row in told.rows]

    every_day = "&from=1950-01-01&to=2199-12-31"
    assert rows("") == rows(every_day)
    uniques = [shown(kavya, f"/?x{period}")["unique"] for period in ("", every_day)]
    assert uniques[0] == uniques[1]


@pytest.mark.parametrize("by", ["plays", "time"])
def test_a_place_is_where_the_ranking_has_it(kavya: Listener, by: str) -> None:
    stats_request = request.read_request(kavya, {}, now=timezone.now())
    for kind in top.KINDS:
        for row in top.top_list(stats_request.listens, kind, by=by, limit=50).rows:
            key = [row[name] for name in KEYS[kind]]
            assert top.rank_of(stats_request.listens, kind, key, by=by) == row["place"]
        assert top.rank_of(stats_request.listens, kind, ["nobody"] * len(KEYS[kind])) is None


def test_an_artists_page(someone: Listener, all_heard: list[CountedListen]) -> None:
    plays = listens_of(
        all_heard, someone.user_id, lambda o: o.is_play and o.artist_name == "Artist 3"
    )
    context = shown(someone, f"/artist/?{urlencode({'name': 'Artist 3'})}")
    summary = context["summary"]
    time = time_of(all_heard, someone.user_id, lambda o: o.artist_name == "Artist 3")
    assert (summary.plays, summary.heard_ms) == (len(plays), time)
    assert summary.first_date == min(one.local_date for one in plays)
    assert summary.last_date == max(one.local_date for one in plays)
    assert sum(context["history"].series[0].values) == len(plays)
    assert sum(row["plays"] for row in context["tracks"]) == len(plays)
    ranked = shown(someone, "/top/?kind=artists")["lists"][0][2].rows
    assert context["place"] == next(r["place"] for r in ranked if r["artist_name"] == "Artist 3")


def test_a_tracks_page_says_what_is_played_with_it(kavya: Listener) -> None:
    [first, *_] = shown(kavya, "/top/?kind=tracks")["lists"][0][2].rows
    context = shown(kavya, f"/tracks/{first['track_id']}/")
    assert context["summary"].plays == first["plays"]
    assert first["track_id"] not in [row["track_id"] for row in context["together"]]


@pytest.mark.parametrize("address", ["/top/?kind=tracks", "/search/?q=song"])
def test_tracks_of_one_name_are_told_apart_by_their_albums(
    kavya: Listener, altered: Callable[[str], None], address: str
) -> None:
    altered(
        "update gold.tracks set track_name = 'Same', folded_track_name = 'same',"
        " album_name = 'Blue', artist_name = 'Ada'"
    )
    page = browser_of(kavya).get(address).text
    assert '<span class="media__sub">Blue</span>' in page


@pytest.mark.parametrize("address", ["/artist/?name=Nobody", "/artist/", "/album/", "/tracks/x/"])
def test_what_was_never_heard_has_no_page(kavya: Listener, address: str) -> None:
    assert browser_of(kavya).get(address).status_code == 404


def test_a_page_beyond_the_end_is_empty(kavya: Listener) -> None:
    assert shown(kavya, "/top/?kind=tracks&page=77")["lists"][0][2].rows == []


def test_search_finds_by_some_letters(kavya: Listener, all_heard: list[CountedListen]) -> None:
    found = shown(kavya, "/search/?q=tist+3")["results"]
    plays = listens_of(all_heard, "kavya", lambda o: o.is_play and o.artist_name == "Artist 3")
    assert [(row["artist_name"], row["plays"]) for row in found.artists] == [
        ("Artist 3", len(plays))
    ]
    by_name = shown(kavya, "/search/?q=song+1")["results"]
    assert by_name.plays
    assert all("Song 1" in play["track_name"] for play in by_name.plays)
    for wild in ("%", "_", "!"):
        assert not shown(kavya, f"/search/?q={urlencode({'': wild})[1:]}")["results"]


def test_a_year_in_review(someone: Listener, all_heard: list[CountedListen]) -> None:
    plays = listens_of(
        all_heard, someone.user_id, lambda o: o.is_play and o.local_date.year == 2026
    )
    year = shown(someone, "/year/2026/")["year"]
    assert (year.totals.plays, sum(year.months)) == (
        len(plays),
        time_of(all_heard, someone.user_id, lambda o: o.local_date.year == 2026),
    )
    days = Counter[date]()
    for one in pieces(listens_of(all_heard, someone.user_id, lambda o: True)):
        days[one.local_date] += one.heard_ms
    assert year.busiest.heard_ms == max(ms for day, ms in days.items() if day.year == 2026)
    svg = browser_of(someone).get("/year/2026/card.svg")
    assert svg["Content-Type"] == "image/svg+xml"
    assert b"2026" in svg.content


def test_years_without_plays_have_no_review(kavya: Listener) -> None:
    assert browser_of(kavya).get("/year/1999/").status_code == 404


@pytest.mark.parametrize("kind", ["tracks", "artists", "albums"])
@pytest.mark.parametrize("by", ["plays", "time"])
def test_a_share_is_the_part_of_all_that_is_ranked(
    someone: Listener, ask: Asking, kind: str, by: str
) -> None:
    plays, time = Counter[tuple[str | None, ...]](), Counter[tuple[str | None, ...]]()
    for piece in ask.music():
        key = reference_stats.KEYS[kind](piece)
        plays[key] += piece.is_play and piece.begins
        time[key] += reference_stats.time([piece])
    named = [key for key, count in plays.items() if count and None not in key]
    measured = plays if by == "plays" else time
    whole = sum(measured[key] for key in named)
    rows = shown(someone, f"/top/?kind={kind}&by={by}")["lists"][0][2].rows
    assert rows
    for row in rows:
        key = tuple(row[name] for name in reference_stats.NAMES[kind])
        assert row["share"] == pytest.approx(measured[key] / whole), key


def test_the_pages_of_a_chart_are_reached_from_each_other(kavya: Listener) -> None:
    html = browser_of(kavya).get("/top/?kind=tracks&device=Computer").content.decode()
    assert ">First<" not in html
    last = Page(number=3, size=50, total=481)
    assert (last.reachable_last, last.second_last) == (10, 9)
    assert Page(total=50 * 10_000).reachable_last == 2000  # an address asks for no later one


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/top/?kind=tracks&by=time&range=2026", {"kind": "tracks", "by": "time"}),
        ("/trends/?step=month&by=plays&page=3", {"step": "month", "by": "plays"}),
        ("/top/", {}),
    ],
)
def test_a_choice_of_days_leaves_kind_measure_and_step_as_they_are(
    kavya: Listener, address: str, kept: dict[str, str]
) -> None:
    html = browser_of(kavya).get(address).content.decode()
    form = html[html.index('<form class="filters"') :].split("</form>")[0]
    assert dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form)) == kept


def test_top_tracks_can_be_saved_as_a_playlist_and_shared_ones_cannot(kavya: Listener) -> None:
    browser, address = browser_of(kavya), "/top/?kind=tracks&from=2026-03-01&to=2026-03-31"
    text = browser.get(address).content.decode()
    rows = shown(kavya, address)["lists"][0][2].rows
    known = ",".join(row["track_id"] for row in rows if "/track/" in (row["url"] or ""))
    assert known
    assert f'name="tracks" value="{known}"' in text
    assert f'value="{escape(address)}#' in text  # where the browser returns to from Spotify

    assert "Save as playlist" not in browser.get("/top/?kind=artists").content.decode()
    browser.post("/shares/", {"pages": ["top"]})
    shared = f"/share/{ShareLink.objects.get().token}/top/?kind=tracks"
    response = Client().get(shared)
    assert response.status_code == 200
    assert "Save as playlist" not in response.content.decode()
