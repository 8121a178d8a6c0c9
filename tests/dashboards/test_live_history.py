"""The first page of the history begins with plays that no build knows yet, each shown once."""

from datetime import date, timedelta
from typing import Any

import pytest

from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener, ListenerTimezone
from spotifyweb.dashboards import live_plays
from spotifyweb.dashboards.models import ExclusionRule
from tests.dashboards.conftest import shown
from tests.dashboards.test_live_plays import ENDED, play, record
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of


def days(somebody: Listener, query: str = "") -> list[Any]:
    return list(shown(somebody, f"/history/{query}")["day_groups"])


def ends(somebody: Listener, query: str = "") -> list[Any]:
    return [row["ended_at"] for day in days(somebody, query) for row in day.plays]


def test_a_play_is_on_top_before_any_build_and_counts_in_its_day(kavya: Listener) -> None:
    assert ENDED not in ends(kavya)
    record(play(), play(ENDED - timedelta(minutes=5), ms_played=90_000))
    top = days(kavya)[0]
    assert (top.local_date, top.play_count, top.heard_ms) == (date(2026, 11, 20), 2, 210_000)
    assert ends(kavya)[:2] == [ENDED, ENDED - timedelta(minutes=5)]
    html = browser_of(kavya).get("/history/").content.decode()
    top_row = html[html.index("data-event") : html.index("</li>", html.index("data-event"))]
    assert "Delete play" not in top_row and "2:00" in top_row


def test_a_play_before_a_move_keeps_the_zone_of_its_time_as_in_the_build(kavya: Listener) -> None:
    timezones.set_timezone(kavya, "America/Los_Angeles", now=ENDED + timedelta(minutes=10))
    ListenerTimezone.objects.create(
        listener=kavya, timezone="Asia/Kolkata", valid_from=timezones.ALWAYS
    )
    later = play(ENDED + timedelta(minutes=20), track_id=f"{3:022}", track_name="Song 3")
    record(play(), later)
    times = [f"{row['local_at']:%d %H:%M}" for day in days(kavya) for row in day.plays][:2]
    assert times == ["20 06:48", "20 19:58"]


def test_what_a_build_knows_is_shown_once(kavya: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    built = days(kavya)[0].plays[0]
    before, totals = ends(kavya), days(kavya)[0].play_count
    names = ("track_name", "artist_name", "album_name")
    known = {name: built[name] for name in names} | {"track_id": built["release_track_id"]}
    record(play(built["ended_at"], **known))
    assert ends(kavya) == before
    # published between the reading of the live list and that of the history
    monkeypatch.setattr(live_plays, "KNOWN", f"{live_plays.KNOWN} and 1 = 0")
    assert ends(kavya) == before
    assert days(kavya)[0].play_count == totals


def test_pages_below_do_not_have_it(kavya: Listener) -> None:
    record(play())
    older = shown(kavya, "/history/")["older_url"]
    assert ENDED in ends(kavya) and ENDED not in ends(kavya, older)
    assert len(ends(kavya)) == 51
    assert not set(ends(kavya)) & set(ends(kavya, older))


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("?q=song+2", True),
        ("?q=song+3", False),
        ("?artist=artist+2", True),
        ("?artist=Artist+3", False),
        ("?artist=Artist+2&album=album+2", True),
        (f"?track={2:022}", True),
        (f"?track={3:022}", False),
        ("?to=2026-11-19", False),
        ("?device=Speaker", False),
        ("?on=2026-11-20", False),
    ],
)
def test_search_item_and_filters_hold_for_it(
    kavya: Listener, query: str, *, is_shown: bool
) -> None:
    record(play())
    assert (ENDED in ends(kavya, query)) == is_shown


def test_an_excluded_track_is_not_in_it(kavya: Listener) -> None:
    record(play())
    ExclusionRule.objects.create(listener=kavya, kind="track", value=f"{2:022}")
    assert ENDED not in ends(kavya)
    assert ENDED in ends(kavya, "?rules=0")


def test_all_plays_are_there_under_their_days(
    kavya: Listener, all_heard: list[CountedListen]
) -> None:
    record(play())
    heard, count = listens_of(all_heard, "kavya"), 0
    query: str | None = ""
    while query is not None:
        context = shown(kavya, f"/history/{query}")
        count += sum(len(day.plays) for day in context["day_groups"])
        query = context["older_url"] or None
    assert count == len(heard) + 1
