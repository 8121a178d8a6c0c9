"""A list of tracks as a private playlist at Spotify, from the button through the consent."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from bench.harness.sandbox_client import MIRA, THEO, Sandbox
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.sandbox.catalogue.music import catalogue
from spotifyweb.sandbox.state import Playlist
from spotifyweb.spotify.oauth import SCOPES
from tests.support import login

pytestmark = pytest.mark.django_db

SAVE, PAGE = "/recommendations/playlists/", "/recommendations/?kind=rediscovery"
SCOPE = "playlist-modify-private"
TRACKS = list(catalogue(1).tracks)[:130]
NOT_THERE = "nothing was changed there"


@pytest.fixture
def browser(sandbox_settings: Sandbox) -> Client:
    """Mira's, logged in through the sandbox with the scopes of a login alone."""
    client = Client()
    login.log_in(client, sandbox_settings, MIRA, timezone="Europe/Oslo")
    return client


def press(browser: Client, *tracks: str, once: str = "1", name: str = "Rediscover") -> Any:
    form = {"name": name, "tracks": ",".join(tracks), "once": once, "next": PAGE}
    return browser.post(SAVE, form)


def agree(
    browser: Client, sandbox: Sandbox, answer: Any, *, account_id: str = MIRA, **more: Any
) -> Any:
    """Answer the consent that a press led to, and come back."""
    query = sandbox.consent(answer["Location"], account_id, **more)
    return browser.get("/callback/", query)


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def created(sandbox: Sandbox) -> list[Playlist]:
    return sandbox.state.created


def tracks_of(playlist: Playlist) -> list[str]:
    return [track.track_id for track, _ in playlist.tracks]


def test_the_first_press_asks_for_the_scope_and_then_saves_once(
    browser: Client, sandbox: Sandbox
) -> None:
    answer = press(browser, *TRACKS[:3])
    query = login.query_of(answer["Location"])
    assert query["scope"].split() == [*SCOPES, SCOPE]
    assert query["code_challenge_method"] == "S256"
    assert created(sandbox) == []

    back = sandbox.consent(answer["Location"], MIRA)
    done = browser.get("/callback/", back)

    assert done["Location"] == PAGE
    assert "Saved 3 tracks as the private playlist “Rediscover”." in told(done)
    (playlist,) = created(sandbox)
    assert (playlist.name, playlist.is_public, playlist.account_id) == ("Rediscover", False, MIRA)
    assert tracks_of(playlist) == TRACKS[:3]
    assert f"https://open.spotify.com/playlist/{playlist.playlist_id}" in told(done)

    again = browser.get("/callback/", back)
    assert login.problem_name(again) == "unknown-state"
    assert len(created(sandbox)) == 1


def test_whoever_agreed_is_not_asked_again(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:1]))
    answer = press(browser, *TRACKS[1:3], once="2", name="More")

    assert answer["Location"] == PAGE
    assert [each.name for each in created(sandbox)] == ["Rediscover", "More"]


def test_the_same_press_sent_twice_saves_once(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:1]))
    press(browser, *TRACKS[:2], once="2")
    answer = press(browser, *TRACKS[:2], once="2")

    assert "done already" in told(answer)
    assert len(created(sandbox)) == 2


def test_more_than_a_hundred_tracks_take_two_calls(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser, *TRACKS))

    assert tracks_of(created(sandbox)[0]) == TRACKS
    assert [sandbox.state.calls[name] for name in ("replace-items", "add-items")] == [1, 1]


def test_tracks_that_spotify_no_longer_has_are_left_out_and_said(
    browser: Client, sandbox: Sandbox
) -> None:
    """One of them makes Spotify refuse all that are sent with it."""
    gone = ["0M6XDTxo63E8pPHDrT0gl2", "4CgIaD6TXRqRT1Xj6MHvkd"]
    done = agree(browser, sandbox, press(browser, *TRACKS[:3], gone[0], *TRACKS[3:5], gone[1]))

    assert "Saved 5 tracks as the private playlist" in told(done)
    assert "2 tracks are not on Spotify any more and were left out." in told(done)
    assert [tracks_of(each) for each in created(sandbox)] == [TRACKS[:5]]


def test_a_list_that_spotify_no_longer_has_is_said_to_be_empty(
    browser: Client, sandbox: Sandbox
) -> None:
    done = agree(browser, sandbox, press(browser, "0M6XDTxo63E8pPHDrT0gl2"))

    assert "None of these tracks is on Spotify any more." in told(done)
    assert "Saved" not in told(done)


def test_the_calls_count_in_a_family_of_their_own(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:2]))
    quota = clients.spotify_quota()
    assert quota.spent(now=quota.clock())["playlists"] == 2


def test_a_declined_consent_changes_nothing(browser: Client, sandbox: Sandbox) -> None:
    answer = agree(browser, sandbox, press(browser, *TRACKS[:1]), decision="deny")

    assert answer["Location"] == PAGE
    assert "You declined" in told(answer)
    assert created(sandbox) == []
    assert Listener.objects.get().connection == Connection.CONNECTED


def test_another_account_at_spotify_changes_nothing(browser: Client, sandbox: Sandbox) -> None:
    before = bytes(Listener.objects.get().token.access_token)
    answer = agree(browser, sandbox, press(browser, *TRACKS[:1]), account_id=THEO)

    assert answer["Location"] == PAGE
    assert "not the account you are logged in with" in told(answer)
    assert created(sandbox) == []
    assert [each.user_id for each in Listener.objects.all()] == [MIRA]
    assert bytes(Listener.objects.get().token.access_token) == before
    assert browser.session["_auth_user_id"] == str(Listener.objects.get().pk)


def test_a_consent_without_the_scope_changes_nothing(browser: Client, sandbox: Sandbox) -> None:
    """As a page of Spotify would do that grants less than was asked for."""
    answer = press(browser, *TRACKS[:1])
    less = answer["Location"].replace(f"+{SCOPE}", "")
    done = browser.get("/callback/", sandbox.consent(less, MIRA))

    assert "did not grant the permission" in told(done)
    assert created(sandbox) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("rate_limited", "Too many requests to Spotify"),
        ("quota_exceeded", "Too many requests to Spotify"),
        ("server_error", "Spotify is not responding"),
        ("not_listed", "allow-list"),
        ("forbidden", "Spotify refused"),
        ("premium_required", "needs Premium"),
    ],
)
def test_a_refusal_is_a_sentence_and_can_be_tried_again(
    browser: Client, sandbox: Sandbox, fault: str, words: str
) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:1]))
    sandbox.fault(fault, endpoint="create-playlist", count=1)
    answer = press(browser, *TRACKS[:2], once="2")

    assert answer["Location"] == PAGE
    assert words in told(answer)
    assert len(created(sandbox)) == 1
    lift_blocks()
    assert "Saved 2 tracks" in told(press(browser, *TRACKS[:2], once="2"))


@pytest.mark.parametrize(("call", "taken"), [("replace-items", 0), ("add-items", 100)])
@pytest.mark.parametrize("fault", ["rate_limited", "server_error"])
def test_a_playlist_that_was_filled_in_part_is_completed_by_the_next_press(
    browser: Client, sandbox: Sandbox, fault: str, call: str, taken: int
) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:1]))
    sandbox.fault(fault, endpoint=call, count=1)
    answer = press(browser, *TRACKS, once="2")
    assert "Spotify did not add all tracks" in told(answer)
    assert ("again after" in told(answer)) is (fault == "rate_limited")
    assert [len(each.tracks) for each in created(sandbox)] == [1, taken]
    lift_blocks()

    assert "Saved 130 tracks" in told(press(browser, *TRACKS, once="3"))

    assert [tracks_of(each) for each in created(sandbox)] == [TRACKS[:1], TRACKS]


def lift_blocks() -> None:
    """As if the time that Spotify asked for were over."""
    for blocked in clients.redis_client().scan_iter("spotify:*:blocked:*"):
        clients.redis_client().delete(blocked)


def test_a_scope_that_was_withdrawn_at_spotify_is_asked_for_again(
    browser: Client, sandbox: Sandbox
) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:1]))
    sandbox.control("consent", account_id=MIRA, how="revoked")

    answer = press(browser, *TRACKS[:2], once="2")
    assert SCOPE in login.query_of(answer["Location"])["scope"].split()
    agree(browser, sandbox, answer)

    assert [len(each.tracks) for each in created(sandbox)] == [1, 2]
    assert Listener.objects.get().connection == Connection.CONNECTED


@pytest.mark.parametrize("tracks", ["", "name:0123456789abcdef0123456789abcdef", "x,'"])
def test_an_empty_list_is_a_sentence(browser: Client, sandbox: Sandbox, tracks: str) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:1]))
    assert "nothing to save" in told(press(browser, tracks, once="2"))
    assert len(created(sandbox)) == 1


def test_whoever_logged_out_meanwhile_saves_nothing(browser: Client, sandbox: Sandbox) -> None:
    answer = press(browser, *TRACKS[:1])
    back = sandbox.consent(answer["Location"], MIRA)
    browser.session.flush()
    other = Client()
    other.force_login(Listener.objects.create(user_id="bob"))

    assert login.problem_name(other.get("/callback/", back)) == "unknown-state"
    assert created(sandbox) == []


def test_nobody_is_led_elsewhere(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:1]))
    form = {"name": "x", "tracks": TRACKS[1], "once": "2", "next": "https://evil.example/"}
    assert browser.post(SAVE, form)["Location"] == "/recommendations/"


def test_strangers_are_sent_to_log_in(db: None) -> None:
    assert press(Client(), *TRACKS[:1])["Location"].startswith("/login/")


def test_a_later_login_asks_for_no_more_than_before(browser: Client, sandbox: Sandbox) -> None:
    agree(browser, sandbox, press(browser, *TRACKS[:1]))
    assert login.query_of(login.start_login(Client()))["scope"].split() == list(SCOPES)


def test_an_address_that_does_not_load_is_pasted(
    browser: Client, sandbox: Sandbox, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    answer = browser.post(SAVE, {"name": "x", "tracks": TRACKS[0], "next": PAGE}, HTTP_HOST="nas")
    back = sandbox.consent(answer["Location"], MIRA)
    assert "/login/paste/" in told(answer)
    assert 'name="address"' in browser.get("/login/paste/", HTTP_HOST="nas").content.decode()

    address = f"http://127.0.0.1:8000/callback/?code={back['code']}&state={back['state']}"
    done = browser.post("/login/paste/", {"address": address}, HTTP_HOST="nas")

    assert done["Location"] == PAGE
    assert len(created(sandbox)) == 1
