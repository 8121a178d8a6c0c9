"""Gaps are listed, drawn on every chart over time, and told to those who cannot see it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.models import Gap
from spotifyweb.accounts.models import Listener, Residence
from spotifyweb.dashboards.models import Share
from tests.dashboards.conftest import browser_of, shown

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


def gap(listener: Listener, *, hours: int = 2, **fields: object) -> Gap:
    said = {"reason": "offline", "starts_at": NIGHT, "ends_at": NIGHT + timedelta(hours=hours)}
    return Gap.objects.create(listener=listener, **(said | fields))


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
        assert f"1 of {len(chart.dates)}" in chart.spoken


def test_it_can_be_read_without_seeing(kavya: Listener) -> None:
    gap(kavya)
    html = browser_of(kavya).get("/trends/?step=month").content.decode()
    assert "plays may be missing, so these are at least that much" in html
    assert '<th scope="col">Coverage</th>' in html
    assert "at least: plays may be missing" in html
    assert "nothing was fetched" in browser_of(kavya).get("/coverage/").content.decode().lower()


def test_a_filled_gap_is_drawn_as_such_and_takes_nothing_back(kavya: Listener) -> None:
    gap(kavya, status="filled")
    chart = shown(kavya, "/trends/?step=month")["listening"]
    assert [band["is_open"] for band in chart.as_json()["bands"]] == [False]
    assert chart.spoken == chart.title
    [told] = [row for row in chart.table() if row[2]]
    assert told[2].startswith("was missing, came in later")
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


def test_the_calendar_frames_the_days_of_a_gap(kavya: Listener) -> None:
    gap(kavya, hours=5)  # past midnight in Kolkata
    squares = [s for week in shown(kavya, "/?range=2026")["calendar"] for s in week if s.is_short]
    assert [square.local_date.day for square in squares] == [30, 1]
    assert all(": at least " in square.label for square in squares)


def test_a_gap_lies_where_the_listener_lived_then(kavya: Listener) -> None:
    gap(kavya)
    Residence.objects.create(listener=kavya, timezone="Europe/Berlin", valid_from=LONG_AGO)
    Residence.objects.create(
        listener=kavya, timezone="Asia/Kolkata", valid_from=NIGHT + timedelta(days=9)
    )
    [band] = shown(kavya, "/trends/?step=day&from=2026-06-15&to=2026-07-15")["listening"].bands
    assert datetime.fromtimestamp(band.first, UTC).hour == 17


def test_a_link_says_at_least_and_not_why(kavya: Listener) -> None:
    gap(kavya, reason="needs_login")
    share = Share.objects.create(
        listener=kavya, pages=["trends"], query="", created_at=timezone.now()
    )
    html = Client().get(f"/share/{share.token}/?step=month").content.decode()
    assert "plays may be missing" in html
    assert "consent" not in html


def test_charlie_sees_nobody_elses(kavya: Listener, charlie: Listener) -> None:
    gap(kavya)
    assert "No gaps are known" in browser_of(charlie).get("/coverage/").content.decode()
