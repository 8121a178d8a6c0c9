"""The first page: every number equals a plain count over what was heard."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.models import HistoryImport
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import Period
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.stats import overview
from tests.dashboards.conftest import shown
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of, pieces, time_of


def test_totals_are_what_was_heard(someone: Listener, all_heard: list[CountedListen]) -> None:
    plays = listens_of(all_heard, someone.user_id)
    context = shown(someone, "/")
    totals, unique = context["totals"], context["unique"]
    assert totals.plays == len(plays) > 100
    assert totals.heard_ms == time_of(all_heard, someone.user_id)
    assert totals.days == len({play.local_date for play in plays})
    assert unique.artists == len({play.artist_name for play in plays})


def test_the_page_says_these_numbers(kavya: Listener, all_heard: list[CountedListen]) -> None:
    html = browser_of(kavya).get("/").content.decode()
    assert f'data-number="plays">{len(listens_of(all_heard, "kavya")):,}<' in html


def test_each_number_is_written_where_its_name_is(
    kavya: Listener, altered: Callable[[str], None]
) -> None:
    """One day of which every number is another one."""
    altered(
        "insert into gold.daily_listening_by_device values ('kavya', date '2027-01-05', 'Computer',"
        " 'player', 'track', 1000, 250, 3720000, 60000, 17, 13)"
    )
    html = browser_of(kavya).get("/?from=2027-01-05&to=2027-01-05").content.decode()
    words = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    assert 'data-number="plays">1,000<' in re.sub(r">\s+", ">", re.sub(r"\s+<", "<", html))
    for said in (
        "1 h 2 min · 1,000 plays",
        "Days listened 1 ",
        "Skip rate 20% 250 skips",
        "Average per active day 1 h 2 min 1,000",
    ):
        assert said in words, said


def test_different_ids_of_one_track_are_told_apart_by_id_only(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    names = {play.track_name for play in listens_of(all_heard, "kavya")}
    assert shown(kavya, "/")["unique"].tracks >= len(names)


@pytest.mark.parametrize("device", ["Computer", "Smartphone", "unknown"])
def test_a_device_alone(someone: Listener, all_heard: list[CountedListen], device: str) -> None:
    plays = listens_of(all_heard, someone.user_id, lambda one: one.is_play and one.device == device)
    totals = shown(someone, f"/?device={device}")["totals"]
    assert totals.plays == len(plays)
    assert totals.heard_ms == time_of(all_heard, someone.user_id, lambda one: one.device == device)


def test_a_period_is_of_the_listeners_own_days(
    someone: Listener, all_heard: list[CountedListen]
) -> None:
    first, last = date(2026, 3, 8), date(2026, 4, 4)
    plays = listens_of(
        all_heard, someone.user_id, lambda one: one.is_play and first <= one.local_date <= last
    )
    totals = shown(someone, f"/?from={first}&to={last}")["totals"]
    assert totals.plays == len(plays)
    assert totals.heard_ms == time_of(
        all_heard, someone.user_id, lambda one: first <= one.local_date <= last
    )


@pytest.mark.parametrize("address", ["/?skips=1", "/?skips=1&min_ms=1"])
def test_skips_count_when_asked_for(
    kavya: Listener, all_heard: list[CountedListen], address: str
) -> None:
    at_least = 1 if "min_ms" in address else 0
    listens = listens_of(all_heard, "kavya", lambda one: one.heard_ms >= at_least)
    context = shown(kavya, address)
    assert context["totals"].plays == len(listens)
    assert context["totals"].heard_ms == sum(one.heard_ms for one in listens)
    assert context["unique"].artists == len({one.artist_name for one in listens})


def test_a_minimum_length_looks_at_single_plays(
    someone: Listener, all_heard: list[CountedListen]
) -> None:
    plays = listens_of(
        all_heard, someone.user_id, lambda one: one.is_play and one.heard_ms >= 120_000
    )
    assert shown(someone, "/?min_ms=120000")["totals"].plays == len(plays)


def test_the_share_of_skips(kavya: Listener, all_heard: list[CountedListen]) -> None:
    listens = listens_of(all_heard, "kavya", lambda one: True)
    skips = [one for one in listens if not one.is_play]
    for address in ("/", "/?skips=1"):
        assert shown(kavya, address)["totals"].skip_rate == pytest.approx(len(skips) / len(listens))


def test_each_bar_is_its_day(someone: Listener, all_heard: list[CountedListen]) -> None:
    by_day: Counter[date] = Counter()
    for one in pieces(listens_of(all_heard, someone.user_id, lambda _: True)):
        by_day[one.local_date] += one.heard_ms
    chart = shown(someone, "/?from=2026-06-15&to=2026-07-15")["chart"]
    assert len(chart.dates) == 31
    for day, minutes in zip(chart.dates, chart.series[0].values, strict=True):
        assert minutes == pytest.approx(by_day[day] / 60_000, abs=0.051)


def test_last_plays_are_the_newest(someone: Listener, all_heard: list[CountedListen]) -> None:
    newest = sorted(listens_of(all_heard, someone.user_id), key=lambda one: one.local_at)[-1]
    assert shown(someone, "/")["recent"][0]["track_name"] == newest.track_name


def test_skips_are_among_the_last_plays_where_they_count(
    someone: Listener, all_heard: list[CountedListen]
) -> None:
    listens = listens_of(all_heard, someone.user_id, lambda _: True)
    newest = sorted(listens, key=lambda one: (-one.ended_at.timestamp(), one.event_id))[:20]
    shown_rows = shown(someone, "/?skips=1")["recent"]
    assert [row["event_id"] for row in shown_rows] == [one.event_id for one in newest]
    kinds = ["play" if one.is_play else "skip" for one in newest]
    assert [row["event_type"] for row in shown_rows] == kinds
    rows = browser_of(someone).get("/api/v1/stats/recent?skips=1&limit=20").json()["results"]
    assert [row["event_type"] for row in rows] == kinds
    assert {row["event_type"] for row in shown(someone, "/")["recent"]} == {"play"}


def test_days_before_the_history_begins_are_not_compared(kavya: Listener) -> None:
    first = shown(kavya, "/")["scope"].first
    sentence = f"no plays in your history before {first:%-d %b %Y}"

    def page_of(start: date, days: int) -> tuple[dict[str, object], str]:
        address = f"/?from={start}&to={start + timedelta(days - 1)}"
        return shown(kavya, address)["changes"], browser_of(kavya).get(address).content.decode()

    changes, html = page_of(first + timedelta(10), 11)
    assert changes["plays"] is changes["heard_ms"] is None
    assert html.count(sentence) == 2
    changes, html = page_of(first + timedelta(10), 10)
    assert changes["against"] == Period(first=first, last=first + timedelta(9))
    assert sentence not in html


def test_streaks_count_days_in_a_row() -> None:
    today = date(2026, 11, 22)
    ago = [today - timedelta(days=number) for number in (9, 8, 7, 6, 3, 2, 1)]
    found = overview.streaks(ago, today=today)
    assert (found.current, found.longest) == (3, 4)
    assert found.longest_until == today - timedelta(days=6)
    assert overview.streaks(ago[:4], today=today).current == 0
    assert overview.streaks([], today=today).longest == 0


def test_a_streak_that_began_before_the_period_is_whole(
    kavya: Listener, altered: Callable[[str], None]
) -> None:
    """On the page, in its words; a link of some days tells only of them."""
    today = timezone.now().astimezone(ZoneInfo(kavya.timezone)).date()
    days = ", ".join(
        f"('kavya', date '{today - timedelta(number)}', 'Computer', 'player', 'track',"
        " 1, 0, 60000, 0, 1, 1)"
        for number in (*range(12), *range(1000, 1025))
    )
    altered(f"insert into gold.daily_listening_by_device values {days}")
    html = browser_of(kavya).get("/?range=7d").content.decode()
    facts = dict(re.findall(r"<dt>([^<{]+?)</dt>\s*<dd data-streak>\s*(\d+ days)", html))
    assert facts == {"Current streak": "12 days", "Longest streak": "25 days"}
    assert "still going" not in html
    share = ShareLink.objects.create(
        listener=kavya, pages=["overview"], query="range=7d", created_at=timezone.now()
    )
    linked = Client().get(f"/share/{share.token}/").content.decode()
    assert re.findall(r"<dd data-streak>\s*(\d+)", linked) == ["7"]
    assert "still going" in linked


def test_a_history_without_albums_says_so(kavya: Listener, altered: Callable[[str], None]) -> None:
    altered("update gold.releases set album_name = null; delete from gold.user_albums")
    for address in ("/", "/?from=2026-01-01"):
        html = browser_of(kavya).get(address).content.decode()
        assert "no album data in this history" in html
        assert not re.search(r'data-number="albums">\s*0', html)
    assert "Account data has no album names" in browser_of(kavya).get("/top/").content.decode()


@pytest.mark.parametrize(
    "address", ["/", "/year/2026/", "/artist/?name=Artist+3", "/podcasts/", "/compare/"]
)
def test_what_listening_time_means_is_said_where_it_stands(kavya: Listener, address: str) -> None:
    html = browser_of(kavya).get(address).content.decode()
    help_text = '<abbr title="Time actually played, including skips">listening time</abbr>'
    assert help_text in html


def test_strangers_see_where_to_log_in() -> None:
    response = Client().get("/")
    assert response.status_code == 200
    assert b'href="/login/"' in response.content


def test_charlie_sees_nothing(charlie: Listener) -> None:
    html = browser_of(charlie).get("/").content.decode()
    assert "No plays yet" in html
    assert "Artist" not in html


@pytest.mark.parametrize(
    ("status", "outcomes", "heading"),
    [
        ("waiting", {}, "Importing your history"),
        ("running", {}, "Importing your history"),
        ("done", {"plays": 3}, "Preparing your statistics"),
        ("done", {"duplicates": 3}, "No plays yet"),
        ("failed", {}, "No plays yet"),
    ],
)
def test_who_imported_a_moment_ago_is_not_asked_to_import(
    charlie: Listener, status: str, outcomes: dict[str, int], heading: str
) -> None:
    HistoryImport.objects.create(listener=charlie, status=status, outcomes=outcomes)
    html = browser_of(charlie).get("/").text
    assert f"<h1>{heading}</h1>" in html
    assert ("Import your history" in html) == (heading == "No plays yet")
