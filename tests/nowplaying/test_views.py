"""The page without its script, and "Refresh now" within Spotify's limits."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import redis
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from nowplaying import state_payload, views
from nowplaying.models import Kind, Playback, PlayerProblem
from spotifyweb import clients, signals
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.privacy import erasure_requests
from spotifyweb.text import time_in_zone

SONG = {
    "track_id": "t1",
    "track_name": "Blue <b>Train</b>",
    "artist_name": "Somebody",
    "album_name": "Album",
    "content_type": "track",
    "duration_ms": 180_000,
    "image_url": "https://i.scdn.co/image/1",
    "url": "https://open.spotify.com/track/t1",
}


def playing(somebody: Listener, **fields: object) -> Playback:
    seen_at = timezone.now() - timedelta(seconds=10)
    values: dict[str, object] = {"kind": Kind.TRACK, "is_playing": True, "item": SONG}
    values |= {"progress_ms": 60_000, "observed_at": seen_at, "due_at": timezone.now()}
    return Playback.objects.create(listener=somebody, **(values | fields))


def page_of(client: Client, somebody: Listener) -> str:
    client.force_login(somebody)
    return client.get("/now/").content.decode()


def test_the_first_paint_is_complete_and_escaped(client: Client, alice: Listener) -> None:
    playing(alice, is_playing=False)
    page = page_of(client, alice)
    assert "Blue &lt;b&gt;Train&lt;/b&gt;" in page
    assert "<b>Train" not in page
    for shown in ("https://i.scdn.co/image/1", "Somebody", "Album", "3:00", "1:00", "Paused"):
        assert shown in page


def test_a_speaker_that_reports_no_position_is_where_it_was_heard(
    client: Client, alice: Listener
) -> None:
    playing(alice, is_playing=False, progress_ms=0, heard_ms=100_000)
    assert "1:40" in page_of(client, alice)


@pytest.mark.parametrize("trouble", PlayerProblem.values)
def test_each_trouble_has_its_words(client: Client, alice: Listener, trouble: str) -> None:
    playing(alice, trouble=trouble, trouble_since=timezone.now())
    words = str(state_payload.PROBLEM_TEXTS[trouble]).split("{")[0]
    assert words.replace("'", "&#x27;") in page_of(client, alice)


def test_who_needs_a_login_finds_the_way(client: Client, alice: Listener) -> None:
    playing(alice)
    Listener.objects.update(connection=Connection.NEEDS_LOGIN)
    page = page_of(client, alice)
    assert "Log in again" in page
    assert 'data-now="login">' in page.replace("\n", "").replace("  ", "")


def test_times_of_the_first_paint_are_in_the_listeners_zone(
    client: Client, alice: Listener
) -> None:
    Listener.objects.update(timezone="Asia/Kolkata")
    seen_at = datetime(2026, 5, 1, 18, 30, 5, tzinfo=UTC)
    playing(alice, observed_at=seen_at, due_at=seen_at, trouble=PlayerProblem.BLOCKED)
    page = page_of(client, alice)
    assert '"2026-05-01T18:30:05.000Z">2 May 2026, 00:00:05</time>' in page
    assert "asked us to wait until 2 May 2026, 00:00:05." in page


def test_charlie_sees_nothing_of_alice(client: Client, alice: Listener, charlie: Listener) -> None:
    playing(alice)
    assert "Somebody" not in page_of(client, charlie)
    assert client.get("/now/state/").json()["title"] == "Nothing is playing"


def test_strangers_are_sent_to_the_login(client: Client, db: None) -> None:
    for path in ("/now/", "/now/state/"):
        assert client.get(path).headers["Location"].startswith("/login/")
    assert client.post("/now/refresh/").headers["Location"].startswith("/login/")


def refreshed(client: Client, somebody: Listener) -> tuple[int, str]:
    client.force_login(somebody)
    answer = client.post("/now/refresh/", headers={"Accept": "application/json"})
    return answer.status_code, answer.json()["message"]


def test_refresh_now_polls_at_once_or_says_why_not(client: Client, alice: Listener) -> None:
    assert refreshed(client, alice) == (202, "Refreshing…")
    Listener.objects.update(timezone="Asia/Kolkata")
    clients.spotify_quota().block("player", seconds=600)
    status, message = refreshed(client, alice)
    until = clients.spotify_quota().blocked_until("player")
    assert until
    assert status == 429
    assert (
        f"wait until {time_in_zone(until, ZoneInfo('Asia/Kolkata'), now=timezone.now())}."
        in message
    )
    Listener.objects.update(connection=Connection.NEEDS_LOGIN)
    assert refreshed(client, alice)[0] == 429


def test_refresh_now_is_refused_when_todays_limit_is_reached(
    client: Client, alice: Listener
) -> None:
    quota = clients.spotify_quota()
    now = timezone.now()
    clients.redis_client().hset(
        quota._listeners_key(now), alice.user_id, str(quota.budget.listener)
    )
    assert refreshed(client, alice) == (429, "Today's limit of Spotify requests is reached.")
    assert str(state_payload.PROBLEM_TEXTS[PlayerProblem.BUDGET]).startswith("Today's limit")


def test_a_second_press_finds_the_answer_of_the_first(
    client: Client, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "HOLDS", timedelta(minutes=5))  # however slow this machine is
    playing(alice, observed_at=timezone.now())
    assert refreshed(client, alice) == (202, "Already up to date.")


def test_the_admin_sees_how_polling_goes_and_not_what_plays(
    client: Client, alice: Listener, bob: Listener
) -> None:
    playing(bob, trouble=PlayerProblem.BLOCKED, trouble_since=timezone.now())
    client.force_login(alice)
    listed = client.get("/admin/nowplaying/playback/").content.decode()
    assert "Spotify asked us to wait" in listed
    one = client.get(f"/admin/nowplaying/playback/{bob.pk}/change/").content.decode()
    assert "Somebody" not in listed + one
    assert client.get("/admin/nowplaying/callsonday/").status_code == 200


def test_a_shared_card_shows_the_item_and_nothing_else_of_the_listener(alice: Listener) -> None:
    playing(alice, device_name="Kitchen", trouble=PlayerProblem.LOG, trouble_since=timezone.now())
    card = render_to_string("nowplaying/card.html", signals.current_playback(alice.pk))
    assert "Somebody" in card
    assert "https://open.spotify.com/track/t1" in card
    assert "Kitchen" not in card
    assert "waits" not in card
    for what_acts in ("<form", "<button", "<script", "data-live", "/now/"):
        assert what_acts not in card


@pytest.mark.parametrize(
    ("connection", "trouble", "due_in"),
    [
        (Connection.DISCONNECTED, "", 5),
        (Connection.NEEDS_LOGIN, "", 5),
        (Connection.CONNECTED, PlayerProblem.BLOCKED, 3600),
        (Connection.CONNECTED, "", -60),  # the poller is off
    ],
)
def test_a_shared_card_says_nothing_of_what_may_be_over(
    alice: Listener, connection: str, trouble: str, due_in: int
) -> None:
    due_at = timezone.now() + timedelta(seconds=due_in)
    playing(alice, trouble=trouble, due_at=due_at)
    Listener.objects.update(connection=connection)
    assert signals.current_playback(alice.pk) == {}
    card = render_to_string("nowplaying/card.html", {})
    assert "Nothing to show right now" in card


@pytest.mark.parametrize(("choice", "owed"), [("keep", 1), ("spotify", 0), ("everything", 0)])
def test_who_disconnects_is_shown_nowhere_and_keeps_the_outbox_if_they_keep_all(
    alice: Listener, choice: str, owed: int
) -> None:
    playing(alice, outbox=[{"event_type": "skip"}])
    erasure_requests.close_account(alice, erasure_requests.Retention(choice), now=timezone.now())
    left = Playback.objects.get()
    assert (left.item, left.is_playing, len(left.outbox)) == (None, False, owed)


def test_the_state_is_returned_without_redis(
    client: Client, alice: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing(alice)
    client.force_login(alice)
    away = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    monkeypatch.setattr(clients, "redis_client", lambda: away)
    answer = client.get("/now/state/")
    assert (answer.status_code, answer.json()["title"]) == (200, "Blue <b>Train</b>")
