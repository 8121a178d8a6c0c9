"""A track added to the queue at Spotify, from the button through the consent."""

from typing import Any

import pytest
import redis
from django.contrib.messages import get_messages
from django.test import Client

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb import clients
from spotifyweb.accounts.models import Token
from spotifyweb.sandbox.catalogue.music import catalogue
from spotifyweb.sandbox.listeners.people import PEOPLE
from spotifyweb.spotify.oauth import SCOPES
from tests.support import login

pytestmark = pytest.mark.django_db

PAGE = "/recommendations/?kind=rediscovery"
SCOPE = "user-modify-playback-state"
TRACKS = list(catalogue(1).tracks)[:5]
FREE = next(one.account_id for one in PEOPLE if not one.premium)


def logged_in(sandbox: Sandbox, account_id: str = MIRA) -> Client:
    """Return the browser of somebody whose player plays."""
    client = Client()
    login.log_in(client, sandbox, account_id, timezone="Europe/Oslo")
    sandbox.player(account_id, "play")
    return client


@pytest.fixture
def browser(sandbox_settings: Sandbox) -> Client:
    return logged_in(sandbox_settings)


def press(browser: Client, track: str = TRACKS[0], *, once: str = "1") -> Any:
    return browser.post(f"/recommendations/{track}/queue/", {"once": once, "next": PAGE})


def press_in_place(browser: Client, track: str = TRACKS[1], *, once: str = "2") -> Any:
    url, values = f"/recommendations/{track}/queue/", {"once": once, "next": PAGE}
    return browser.post(url, values, headers={"Accept": "application/json"})


def agree(browser: Client, sandbox: Sandbox, answer: Any, account_id: str = MIRA) -> Any:
    return browser.get("/callback/", sandbox.consent(answer["Location"], account_id))


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def waiting(sandbox: Sandbox, account_id: str = MIRA) -> list[str]:
    return [str(item.item_id) for item in sandbox.state.players[account_id].manual.queue]


def test_the_first_press_asks_for_the_scope_and_then_adds_once(
    browser: Client, sandbox: Sandbox
) -> None:
    answer = press(browser)
    assert login.query_of(answer["Location"])["scope"].split() == [*SCOPES, SCOPE]
    assert waiting(sandbox) == []

    done = agree(browser, sandbox, answer)

    assert done["Location"] == PAGE
    assert "was added to your queue." in told(done)
    assert waiting(sandbox) == TRACKS[:1]
    assert sandbox.state.calls["add-to-queue"] == 1


def test_each_track_is_one_call_and_a_press_sent_twice_adds_once(
    browser: Client, sandbox: Sandbox
) -> None:
    agree(browser, sandbox, press(browser))
    press(browser, TRACKS[1])
    assert "done already" in told(press(browser, TRACKS[1]))
    press(browser, TRACKS[1], once="2")

    assert waiting(sandbox) == [TRACKS[0], TRACKS[1], TRACKS[1]]
    quota = clients.spotify_quota()
    assert quota.spent(now=quota.clock())["queue"] == 3


def test_nothing_playing_is_a_sentence_and_the_same_press_works_later(
    browser: Client, sandbox: Sandbox
) -> None:
    agree(browser, sandbox, press(browser))
    sandbox.player(MIRA, "stop")
    assert "No device is playing. Start any track" in told(press(browser, once="2"))

    sandbox.player(MIRA, "play")
    assert "was added" in told(press(browser, once="2"))


def test_a_free_account_reads_what_to_do_instead(sandbox_settings: Sandbox) -> None:
    browser = logged_in(sandbox_settings, FREE)
    done = agree(browser, sandbox_settings, press(browser), FREE)

    assert "needs a Premium account. Open the track in Spotify instead." in told(done)
    assert waiting(sandbox_settings, FREE) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("rate_limited", "Too many requests to Spotify"),
        ("quota_exceeded", "Too many requests to Spotify"),
        ("server_error", "Spotify is not responding"),
        ("not_found", "Spotify doesn't have this"),
        ("forbidden", "Spotify refused"),
        ("premium_required", "the owner of the Spotify app needs Premium"),
    ],
)
def test_a_refusal_is_a_sentence(browser: Client, sandbox: Sandbox, fault: str, words: str) -> None:
    agree(browser, sandbox, press(browser))
    sandbox.fault(fault, endpoint="add-to-queue", count=1)

    answer = press(browser, TRACKS[1])

    assert answer["Location"] == PAGE
    assert words in told(answer)
    assert waiting(sandbox) == TRACKS[:1]


def test_long_waits_of_the_queue_stop_no_poll(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser))
    sandbox.fault("quota_exceeded", endpoint="add-to-queue", count=1)
    press(browser, TRACKS[1])

    quota = clients.spotify_quota()
    quota.check("player")
    assert quota.blocked_until("queue")


def test_a_scope_that_was_withdrawn_is_asked_for_again(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser))
    sandbox.fault("scope", endpoint="add-to-queue", count=1)

    assert SCOPE in login.query_of(press(browser, TRACKS[1])["Location"])["scope"].split()


def test_a_script_gets_the_outcome_and_leaves_no_message_behind(
    browser: Client, sandbox: Sandbox
) -> None:
    asked = press_in_place(browser, once="1").json()
    assert SCOPE in login.query_of(asked["consent"])["scope"].split()
    assert waiting(sandbox) == []
    browser.get("/callback/", sandbox.consent(asked["consent"], MIRA))
    browser.get(PAGE)  # shows the message of what was done after the consent

    added = press_in_place(browser)
    sandbox.player(MIRA, "stop")
    refused = press_in_place(browser, once="3")

    assert added.status_code == 200
    assert "was added to your queue." in added.json()["message"]
    assert refused.status_code == 409
    assert "No device is playing." in refused.json()["message"]
    assert told(browser.get(PAGE)) == ""
    assert len(waiting(sandbox)) == 2


@pytest.mark.slow
def test_without_redis_nothing_is_added_and_it_is_a_sentence(
    browser: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(browser, sandbox, press(browser))
    nobody = redis.Redis(port=1)
    monkeypatch.setattr("spotifyweb.clients.redis_client", lambda: nobody)
    answer = press_in_place(browser)
    assert (answer.status_code, len(waiting(sandbox))) == (409, 1)
    assert "The cache is unavailable" in answer.json()["message"]


def test_settings_list_the_permission(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser))
    assert SCOPE in Token.objects.get().scope
    assert f"Renew without {SCOPE}" in browser.get("/settings/").content.decode()


@pytest.mark.parametrize("track", ["name:0123456789abcdef0123456789abcdef", "x'y"])
def test_what_is_not_on_spotify_is_a_sentence(
    browser: Client, sandbox: Sandbox, track: str
) -> None:
    agree(browser, sandbox, press(browser))
    assert "not on Spotify" in told(press(browser, track))
    assert sandbox.state.calls["add-to-queue"] == 1


def test_strangers_are_sent_to_log_in(db: None) -> None:
    assert press(Client())["Location"].startswith("/login/")
