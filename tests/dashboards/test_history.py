"""The history: every play once, newest first, by day, with what was counted independently."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.history.cursor import Cursor, Position
from spotifyweb.dashboards.models import ExclusionRule
from tests.dashboards.answers import Asking
from tests.dashboards.conftest import shown
from tests.support import reference_stats
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen

Played = tuple[datetime, str, int]  # when it began on the listener's clock, what, and for how long


def page_of(asker: Listener | Client, **query: object) -> Any:
    browser = asker if isinstance(asker, Client) else browser_of(asker)
    response = browser.get(f"/api/v1/history?{urlencode(query)}")
    assert response.status_code == 200, response.content
    return response.json()


def all_pages(asker: Listener | Client, *, limit: int = 100, **query: Any) -> list[Any]:
    browser = asker if isinstance(asker, Client) else browser_of(asker)
    rows, before = [], ""
    while True:
        page = page_of(browser, limit=limit, before=before, **query)
        rows += page["results"]
        before = page["older"]
        if not before:
            return rows


def local_time(row: Any) -> datetime:
    return datetime.fromisoformat(row["local_at"]).replace(tzinfo=None)


def played(rows: list[Any]) -> list[Played]:
    return sorted((local_time(row), row["track_id"], row["heard_ms"] or 0) for row in rows)


def counted(listens: list[CountedListen]) -> list[Played]:
    return sorted((listen.local_at, listen.track_id, listen.listened_ms) for listen in listens)


def music(ask: Asking, *, skips: bool = False) -> list[CountedListen]:
    return [
        listen
        for listen in ask.heard
        if listen.content_type == "track" and (skips or listen.is_play)
    ]


@pytest.mark.parametrize("skips", ["", "1"])
def test_every_play_stands_there_once_newest_first(
    someone: Listener, ask: Asking, skips: str
) -> None:
    rows = all_pages(someone, skips=skips)

    assert played(rows) == counted(music(ask, skips=bool(skips)))
    ends = [row["ended_at"] for row in rows]
    assert ends == sorted(ends, reverse=True)
    assert len({row["event_id"] for row in rows}) == len(rows)


def test_totals_of_a_day_are_those_that_are_counted(someone: Listener, ask: Asking) -> None:
    days, address = {}, "/history/"
    while address:
        page = shown(someone, address)
        for day in page["day_groups"]:
            days[day.local_date] = (day.play_count, day.heard_ms)
        address = page["older_url"] and f"/history/{page['older_url']}"

    expected: dict[date, list[CountedListen]] = defaultdict(list)
    for piece in ask.music():
        expected[piece.local_date].append(piece)
    assert days
    for day, totals in days.items():
        numbers = reference_stats.totals(expected[day])
        assert totals == (numbers["plays"], numbers["heard_ms"]), day
    with_plays = {day for day, found in expected.items() if reference_stats.totals(found)["plays"]}
    assert set(days) == with_plays


def asked_of(
    most: CountedListen,
) -> dict[str, tuple[dict[str, Any], Callable[[CountedListen], bool]]]:
    """By kind of item: the query, and whether a listen belongs to it."""
    artist, album = most.artist_name, most.album_name or "–"
    letters = artist[2:].lower()

    def has_letters(one: CountedListen) -> bool:
        names = (one.track_name, one.artist_name, one.album_name)
        return any(letters in (name or "").lower() for name in names)

    return {
        "tracks": ({"track": most.track_id}, lambda one: one.track_id == most.track_id),
        "artists": ({"artist": artist}, lambda one: one.artist_name == artist),
        "albums": (
            {"artist": artist, "album": album},
            lambda one: (one.artist_name, one.album_name) == (artist, album),
        ),
        "words": ({"q": letters.upper()}, has_letters),
    }


@pytest.mark.parametrize("by", ["tracks", "artists", "albums", "words"])
def test_all_plays_of_an_item_are_those_of_its_page(
    someone: Listener, ask: Asking, by: str
) -> None:
    most = music(ask)[len(music(ask)) // 2]
    query, is_it = asked_of(most)[by]
    expected = [listen for listen in music(ask) if is_it(listen)]

    assert played(all_pages(someone, **query)) == counted(expected)
    first = shown(someone, f"/history/?{urlencode(query)}")["day_groups"]
    for day in first:
        day_of_it = [piece for piece in ask.music(day.local_date, day.local_date) if is_it(piece)]
        numbers = reference_stats.totals(day_of_it)
        assert (day.play_count, day.heard_ms) == (numbers["plays"], numbers["heard_ms"])


def test_filters_hold(someone: Listener, ask: Asking) -> None:
    half = music(ask)[len(music(ask)) // 2].local_date
    long = [one for one in music(ask) if one.listened_ms >= 120_000 and one.local_date >= half]
    later: dict[str, Any] = {"min_ms": 120_000, "from": half}
    assert played(all_pages(someone, **later)) == counted(long)

    artist = long[0].artist_name
    ExclusionRule.objects.create(listener=someone, kind="artist", value=artist)
    rest = [one for one in music(ask) if one.artist_name != artist]
    assert played(all_pages(someone)) == counted(rest)
    assert played(all_pages(someone, rules=0)) == counted(music(ask))


def test_a_moment_shows_what_began_before_it(someone: Listener, ask: Asking) -> None:
    plays = sorted(music(ask), key=lambda one: one.local_at)
    for listen in plays[:: max(1, len(plays) // 12)]:
        noon = listen.local_at.replace(hour=12, minute=0, second=0, microsecond=0)
        rows = page_of(someone, on=noon.date(), at="12:00", limit=500)["results"]
        first = [one for one in plays if one.local_at < noon + timedelta(minutes=1)]
        if not first:
            assert not rows
            continue
        began = local_time(rows[0])
        assert began < noon + timedelta(minutes=1)
        last = page_of(someone, on=noon.date(), limit=1)["results"]
        assert local_time(last[0]).date() <= noon.date()


def test_what_was_playing_at_a_moment_is_named(kavya: Listener) -> None:
    play = page_of(kavya, limit=1)["results"][0]
    began = local_time(play)
    for later, name in ((0, play["track_name"]), (play["heard_ms"] + 120_000, None)):
        at = began + timedelta(milliseconds=later)
        page = shown(kavya, f"/history/?on={at.date()}&at={at:%H:%M}")
        assert (page["playing"] or {}).get("track_name") == name
        assert page["moment"] == at.replace(second=0, microsecond=0)


def test_newer_and_older_lead_over_the_same_pages(someone: Listener) -> None:
    first = page_of(someone, limit=10)
    second = page_of(someone, limit=10, before=first["older"])
    third = page_of(someone, limit=10, before=second["older"])
    back = page_of(someone, limit=10, after=third["newer"])

    assert back["results"] == second["results"]
    assert page_of(someone, limit=10, after=back["newer"])["results"] == first["results"]
    oldest = page_of(someone, limit=10, after="0.")
    assert oldest["older"] is None
    assert oldest["results"] == all_pages(someone, limit=10)[-10:]


def test_a_play_that_arrives_moves_no_page(kavya: Listener, altered: Callable[[str], None]) -> None:
    before = all_pages(kavya, limit=500)
    first = page_of(kavya, limit=10)
    altered(
        f"""
        insert into silver.silver_release_listens
        select * replace (
            'arrived' as event_id, ended_at + interval 5 minute as ended_at,
            played_at + interval 5 minute as played_at
        )
        from silver.silver_release_listens where event_id = '{first["results"][0]["event_id"]}'
        """
    )

    rows, older = first["results"], first["older"]
    while older:
        page = page_of(kavya, limit=10, before=older)
        rows, older = rows + page["results"], page["older"]

    assert [row["event_id"] for row in rows] == [row["event_id"] for row in before]
    newer = page_of(kavya, limit=1, after=first["newer"])
    assert newer["results"][0]["event_id"] == "arrived"


def test_a_play_is_deleted_from_its_menu(kavya: Listener) -> None:
    browser, play = browser_of(kavya), page_of(kavya, limit=1)["results"][0]
    html = browser.get("/history/").content.decode()
    assert f"/data/erase/?what=play&amp;event={play['event_id']}&amp;back=%2Fhistory%2F" in html

    form = {"what": "play", "event": play["event_id"], "sure": "yes"}
    assert browser.post("/data/erase/", form).status_code == 302

    assert play["event_id"] not in browser.get("/history/").content.decode()
    assert page_of(kavya, limit=1)["results"] == []
    assert page_of(kavya, limit=2)["results"][0]["event_id"] != play["event_id"]


def test_an_artist_is_excluded_from_the_menu(kavya: Listener) -> None:
    browser, play = browser_of(kavya), page_of(kavya, limit=1)["results"][0]
    [link] = {
        link.replace("&amp;", "&")
        for link in re.findall(
            r'href="(/rules/\?kind=artist[^"]*)"', browser.get("/history/").content.decode()
        )
        if urlencode({"value": play["artist_name"]}).replace("+", "%20") in link
    }
    form = browser.get(link).context["form"]
    assert (form["kind"].value(), form["value"].value()) == ("artist", play["artist_name"])


def test_the_script_gets_the_rows_alone(kavya: Listener) -> None:
    browser = browser_of(kavya)
    page, rows = (
        browser.get("/history/"),
        browser.get("/history/", headers={"X-Fragment": "history"}),
    )

    assert page.content.count(b"<html") == 1
    assert rows.content.count(b"<html") == 0
    count = page.content.count(b'class="row history__row"')
    assert rows.content.count(b'class="row history__row"') == count > 0


@pytest.mark.parametrize("nasty", ["", "x", "1", ".", "-1.a", f"{9**40}.a", "1e9.a", "%00", "'--"])
def test_nothing_asked_is_a_failure(kavya: Listener, nasty: str) -> None:
    browser = browser_of(kavya)
    for name in ("before", "after", "on", "at", "q", "track", "artist", "album"):
        query = {"on": "2026-01-01", name: nasty}
        assert browser.get("/history/", query).status_code == 200, query
        assert browser.get("/api/v1/history", query).status_code in (200, 400), query


def test_a_cursor_of_the_api_is_never_taken_for_another(kavya: Listener) -> None:
    assert browser_of(kavya).get("/api/v1/history?before=tomorrow").status_code == 400


def test_a_position_is_read_as_it_is_written() -> None:
    cursor = Cursor.parse("1556884800123456.a-b")
    assert cursor and str(cursor) == "1556884800123456.a-b"
    assert Position.read({"before": str(cursor)}).before == cursor
    noon = Position.read({"on": "2019-05-03", "at": "12:00"})
    assert str(noon.moment) == "2019-05-03 12:01:00"
    assert str(Position.read({"on": "2019-05-03"}).moment) == "2019-05-04 00:00:00"
    assert Position.read({"on": "nonsense"}).is_top


def test_strangers_see_nothing(client: Any, db: None) -> None:
    assert client.get("/history/").status_code == 302
    assert client.get("/api/v1/history").status_code in (401, 403)
