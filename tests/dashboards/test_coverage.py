"""Gaps are listed, drawn on every chart over time, and told to those who cannot see it."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.models import Cursor, HistoryImport
from ingestion.models import Gap as Ledger
from spotifyweb.accounts.models import Connection, Listener, ListenerTimezone
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.templatetags import formatting
from tests.dashboards.conftest import shown
from tests.support.login import browser_of

NIGHT = datetime(2026, 6, 30, 15, tzinfo=UTC)  # half past eight in the evening in Kolkata
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


CHARTS = {  # where a chart over time is shown, and what it is called there
    "/?from=2026-06-15&to=2026-07-15": ["chart"],
    "/trends/?step=day&from=2026-06-15&to=2026-07-15": [
        "listening",
        "skipping",
        "discovery",
        "devices",
    ],
    "/year/2026/": ["chart"],
    "/artist/?name=Artist+3": ["history"],
    "/devices/": ["over_time"],
    "/podcasts/": ["over_time"],
}


def gap(listener: Listener, *, hours: int = 2, **fields: object) -> Ledger:
    said = {"reason": "offline", "starts_at": NIGHT, "ends_at": NIGHT + timedelta(hours=hours)}
    return Ledger.objects.create(listener=listener, **(said | fields))


@pytest.mark.parametrize("address", CHARTS)
def test_an_open_gap_is_drawn_on_every_chart_over_time(kavya: Listener, address: str) -> None:
    gap(kavya)
    context = shown(kavya, address)
    for name in CHARTS[address]:
        chart = context[name]
        [band] = chart.as_json()["bands"]
        assert band["last"] - band["first"] == 2 * 3600
        assert datetime.fromtimestamp(band["first"], UTC).hour == 20
        assert band["is_open"]
        told = [row for row in chart.table() if row[2]]
        assert len(told) == 1  # the step that the gap lies in, and no other
        assert told[0][2].startswith("plays may be missing: nothing was fetched")
        counted = [one for one in chart.series if one.unit != "share"]
        assert all(said.startswith("at least ") for said in told[0][1][: len(counted)])
        assert f"1 of {len(chart.dates)}" in chart.description


def test_it_can_be_read_without_seeing(kavya: Listener) -> None:
    gap(kavya)
    html = browser_of(kavya).get("/trends/?step=month").content.decode()
    assert "plays may be missing in" in html
    assert '<th scope="col">Data gaps</th>' in html
    assert "Plays may be missing" in html
    assert "nothing was fetched" in browser_of(kavya).get("/coverage/").content.decode().lower()


def test_a_filled_gap_is_drawn_as_such_and_takes_nothing_back(kavya: Listener) -> None:
    gap(kavya, status="filled")
    chart = shown(kavya, "/trends/?step=month")["listening"]
    assert [band["is_open"] for band in chart.as_json()["bands"]] == [False]
    assert chart.description == chart.title
    [told] = [row for row in chart.table() if row[2]]
    assert told[2].startswith("gap filled by an import")
    assert not any(said.startswith("at least") for said in told[1])


def test_the_ledger_tells_known_possible_and_filled_apart(kavya: Listener) -> None:
    gap(kavya)
    gap(kavya, reason="full_page")
    gap(kavya, reason="blocked", status="filled")
    context = shown(kavya, "/coverage/")
    assert context["counts"] == {"possible": 1, "known": 1, "filled": 1}
    told = browser_of(kavya).get("/api/v1/stats/coverage").json()
    assert (told["possible"], told["known"], told["filled"]) == (1, 1, 1)
    assert {one["state"] for one in told["gaps"]} == {"possible", "known", "filled"}


LAPSED, OUT = {"days": 50}, {"hours": 4}  # since the last fetch


def fetched(listener: Listener, connection: str, **ago: float) -> datetime:
    """It was then, and brought a play of that moment."""
    Listener.objects.filter(pk=listener.pk).update(connection=connection)
    moment = timezone.now() - timedelta(**ago)
    Cursor.objects.create(
        listener=listener, stream="recently_played", reached_at=moment, fetched_at=moment
    )
    return moment


@pytest.mark.parametrize(
    ("connection", "ago", "why"),
    [
        (Connection.NEEDS_LOGIN, LAPSED, "your Spotify permission had expired"),
        (Connection.CONNECTED, OUT, "nothing was fetched for a long time"),
    ],
)
def test_a_gap_is_told_while_it_goes_on(
    kavya: Listener, connection: str, ago: dict[str, float], why: str
) -> None:
    since = fetched(kavya, connection, **ago)
    context = shown(kavya, "/coverage/")
    [lasting] = context["gaps"]
    assert (lasting.starts_at, lasting.reason, lasting.goes_on) == (since, why, True)
    assert context["counts"] == {"possible": 1}
    assert "ongoing" in browser_of(kavya).get("/coverage/").content.decode()
    today = timezone.now().astimezone(ZoneInfo(kavya.timezone)).date()
    [row] = shown(kavya, f"/?from={today}&to={today}")["chart"].table()
    assert row[1][0].startswith("at least")
    assert not Ledger.objects.exists(), "looking writes nothing"


@pytest.mark.parametrize(
    ("connection", "ago"),
    [
        (Connection.CONNECTED, {"hours": 2}),
        (Connection.DISCONNECTED, LAPSED),
        (Connection.LOCAL, LAPSED),
    ],
)
def test_who_is_fetched_in_time_or_left_by_choice_has_no_gap(
    kavya: Listener, connection: str, ago: dict[str, float]
) -> None:
    fetched(kavya, connection, **ago)
    assert shown(kavya, "/coverage/")["gaps"] == []


def test_what_is_written_down_of_a_gap_that_goes_on_is_the_same_gap(kavya: Listener) -> None:
    since = fetched(kavya, Connection.NEEDS_LOGIN, **LAPSED)
    gap(kavya, starts_at=since, ends_at=since + timedelta(hours=9), reason="needs_login")
    gap(kavya, starts_at=since - timedelta(days=9), ends_at=since)
    context = shown(kavya, "/coverage/")
    assert [one.goes_on for one in context["gaps"]] == [True, False]
    assert context["gaps"][0].ends_at > since + timedelta(days=49)
    assert context["counts"] == {"possible": 2}


def test_the_calendar_frames_the_days_of_a_gap(kavya: Listener) -> None:
    gap(kavya, hours=5)  # past midnight in Kolkata
    squares = [s for week in shown(kavya, "/?range=2026")["calendar"] for s in week if s.is_short]
    assert [square.local_date.day for square in squares] == [30, 1]
    assert all(": at least " in square.label for square in squares)


def test_nothing_is_framed_before_the_day_of_the_first_known_play(kavya: Listener) -> None:
    imported(kavya, ("extended_history", "2026-03-10", "2026-06-30"))
    squares = [s for week in shown(kavya, "/?range=2026")["calendar"] for s in week if s.is_short]
    assert [square.local_date for square in squares] == [date(2026, 3, 10)]


def test_a_gap_lies_where_the_listener_lived_then(kavya: Listener) -> None:
    gap(kavya)
    ListenerTimezone.objects.create(listener=kavya, timezone="Europe/Berlin", valid_from=LONG_AGO)
    ListenerTimezone.objects.create(
        listener=kavya, timezone="Asia/Kolkata", valid_from=NIGHT + timedelta(days=9)
    )
    [band] = shown(kavya, "/trends/?step=day&from=2026-06-15&to=2026-07-15")["listening"].bands
    assert datetime.fromtimestamp(band.first, UTC).hour == 17


def test_a_link_says_at_least_and_not_why(kavya: Listener) -> None:
    gap(kavya, reason="needs_login")
    share = ShareLink.objects.create(
        listener=kavya, pages=["trends"], query="", created_at=timezone.now()
    )
    html = Client().get(f"/share/{share.token}/?step=month").content.decode()
    assert "plays may be missing" in html
    assert "consent" not in html


def test_charlie_sees_nobody_elses(kavya: Listener, charlie: Listener) -> None:
    gap(kavya)
    assert "No data gaps" in browser_of(charlie).get("/coverage/").content.decode()


def imported(listener: Listener, *spans: tuple[str, str, str]) -> None:
    covered = [
        (source, f"{first}T00:00:00+00:00", f"{last}T00:00:00+00:00")
        for source, first, last in spans
    ]
    HistoryImport.objects.create(listener=listener, status="done", covered=covered)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_what_no_source_ever_saw_may_be_missing(kavya: Listener) -> None:
    """Before the first history, between two of them, and from the last to the first fetch."""
    imported(kavya, ("extended_history", "2015-03-01", "2018-06-01"))
    imported(
        kavya,
        ("account_data", "2020-01-01", "2020-12-31"),
        ("extended_history", "2020-06-01", "2025-10-01"),
    )
    fetched(kavya, Connection.CONNECTED, hours=1)
    Cursor.objects.update(known_since=day("2026-02-01"))
    told = browser_of(kavya).get("/api/v1/stats/coverage").json()
    assert [
        (one["starts_at"][:10], one["ends_at"][:10], one["reason"]) for one in told["gaps"]
    ] == [
        ("2025-10-01", "2026-02-01", "between an imported history and the first fetch"),
        ("2018-06-01", "2020-01-01", "between two imported histories"),
        ("2008-10-07", "2015-03-01", "before your first known play"),
    ]
    assert {one["state"] for one in told["gaps"]} == {"possible"}
    assert (told["possible"], told["known"], told["filled"]) == (3, 0, 0)
    html = browser_of(kavya).get("/coverage/").content.decode()
    assert "the beginning" in html and "2008" not in html
    chart = shown(kavya, "/trends/?step=month&range=2025")["listening"]
    short = [name for name, said, why in chart.table() if said[0].startswith("at least")]
    assert short == ["December 2025", "November 2025", "October 2025"]


def test_histories_that_meet_leave_no_gap(kavya: Listener) -> None:
    imported(kavya, ("extended_history", "2015-03-01", "2018-06-01"))
    imported(kavya, ("extended_history", "2018-06-01", "2025-10-01"))
    [gap] = shown(kavya, "/coverage/")["gaps"]
    assert gap.is_before_first


def test_a_history_that_covers_part_of_a_gap_shortens_it(kavya: Listener) -> None:
    gap(kavya, starts_at=day("2026-06-01"), ends_at=day("2026-06-20"))
    imported(kavya, ("extended_history", "2026-06-05", "2026-06-09"))
    found = [
        (one.starts_at.day, one.ends_at.day, str(one.state))
        for one in shown(kavya, "/coverage/")["gaps"]
        if not one.is_before_first
    ]
    assert found == [(9, 20, "possible"), (5, 9, "filled"), (1, 5, "possible")]
    assert Ledger.objects.get().ends_at == day("2026-06-20"), "looking writes nothing"


def test_a_gap_that_goes_on_begins_where_the_history_ends(kavya: Listener) -> None:
    since = fetched(kavya, Connection.NEEDS_LOGIN, **LAPSED)
    later = since + timedelta(days=20)
    imported(kavya, ("extended_history", "2015-03-01", str(later.date())))
    [lasting, *_] = shown(kavya, "/coverage/")["gaps"]
    assert (lasting.goes_on, lasting.starts_at.date()) == (True, later.date())


def test_one_bar_for_each_source(kavya: Listener) -> None:
    """Of an import what it covers; of any other source from its first play to its last."""
    imported(
        kavya,
        ("extended_history", "2015-03-01", "2016-03-01"),
        ("extended_history", "2018-03-01", "2019-03-01"),
    )
    bars = {bar.source: bar for bar in shown(kavya, "/coverage/")["bars"]}
    assert set(bars) == {"extended_history", "player", "recently_played", "account_data"}
    assert bars["extended_history"].first == day("2015-03-01")
    [one, other] = bars["extended_history"].parts  # its plays outside fill no hole
    assert one[0] == 0 and other[0] == pytest.approx(3 * one[1], rel=0.01)
    html = browser_of(kavya).get("/coverage/").content.decode()
    assert sorted(re.findall(r'data-source="(\w+)"', html)) == sorted(bars)


def test_what_was_fetched_just_now_is_seen_beside_years_of_history(kavya: Listener) -> None:
    imported(kavya, ("extended_history", "2012-03-01", "2025-03-01"))
    fetched(kavya, Connection.CONNECTED, minutes=1)
    Cursor.objects.update(known_since=timezone.now() - timedelta(minutes=5))
    bars = {bar.source: bar for bar in shown(kavya, "/coverage/")["bars"]}
    [(x, width)] = bars["recently_played"].parts
    assert width > 0 and x + width <= 100


def test_a_span_within_a_day_is_told_with_its_times() -> None:
    first = datetime.fromisoformat("2019-05-03T14:05")
    until = first.replace(hour=16, minute=10)
    assert formatting.time_range(first, until) == "3 May 2019, 14:05 to 16:10"
    assert formatting.time_range(first, first + timedelta(days=1)) == "3 May 2019 to 4 May 2019"


def test_a_gap_that_ends_at_midnight_leaves_the_next_day_whole(kavya: Listener) -> None:
    """In Kolkata, where it is half past six in the evening in UTC."""
    midnight = datetime(2026, 6, 30, 18, 30, tzinfo=UTC)
    gap(kavya, ends_at=midnight)
    squares = [s for week in shown(kavya, "/?range=2026")["calendar"] for s in week if s.is_short]
    assert [square.local_date.day for square in squares] == [30]
    for first, is_told in (("2026-06-30", True), ("2026-07-01", False)):
        chart = shown(kavya, f"/trends/?step=day&from={first}&to=2026-07-15")["listening"]
        assert [name for name, _, why in chart.table() if why] == ["Tue 30 Jun 2026"] * is_told
        assert chart.has_open_gaps is is_told
    Ledger.objects.update(ends_at=midnight + timedelta(seconds=1))
    squares = [s for week in shown(kavya, "/?range=2026")["calendar"] for s in week if s.is_short]
    assert [square.local_date.day for square in squares] == [30, 1]
