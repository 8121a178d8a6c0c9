"""spotipy made safe, against the sandbox: real sockets, real bodies, no waiting."""

import json
import socket
import time
import weakref
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
import requests

from bench.harness.sandbox_client import CAFE, MIRA, Sandbox
from spotifyweb.spotify import errors, payloads
from spotifyweb.spotify.client import SpotifyClient, translate_exception
from spotifyweb.spotify.quota import Quota

Door = Callable[..., SpotifyClient]


def test_who_am_i(open_door: Door) -> None:
    assert payloads.profile(open_door(MIRA).me()).user_id == MIRA


def test_no_client_waits_for_python_to_look_for_cycles(open_door: Door) -> None:
    door = weakref.ref(open_door(MIRA))
    assert door() is None


def test_recently_played_gives_fifty(open_door: Door) -> None:
    assert len(open_door(CAFE).recently_played()["items"]) == 50


def test_recently_played_after_a_moment(open_door: Door, sandbox: Sandbox) -> None:
    sandbox.clock(speed=0)  # no track ends in between
    door = open_door(CAFE)
    newest = int(door.recently_played()["cursors"]["after"])

    page = door.recently_played(after_ms=newest)

    assert page["items"] == []
    assert page["cursors"] is None


def test_nothing_plays(open_door: Door, sandbox: Sandbox) -> None:
    sandbox.fault("no_content", endpoint="player", count=2)
    door = open_door(MIRA)

    assert door.player() is None
    assert door.currently_playing() is None


def test_nothing_plays_as_spotify_used_to_say_it(open_door: Door, sandbox: Sandbox) -> None:
    sandbox.fault("not_found", endpoint="player", count=1)

    assert open_door(MIRA).player() is None


def test_something_plays(open_door: Door, sandbox: Sandbox) -> None:
    sandbox.player(CAFE, "play")  # between two tracks nothing does
    state = open_door(CAFE).player()

    assert state is not None
    assert state["device"]["type"] == "Speaker"


def test_all_pages_of_the_library_are_walked_on_our_own_host(
    open_door: Door, sandbox: Sandbox
) -> None:
    pages = list(open_door(MIRA).saved_tracks())

    ids = [row["track"]["id"] for page in pages for row in page["items"]]
    assert len(ids) == pages[0]["total"] > 50
    assert len(set(ids)) == len(ids)


def test_the_next_page_is_never_asked_of_another_host(open_door: Door, sandbox: Sandbox) -> None:
    """The token goes to the host we were told, wherever an answer may point."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        link = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/v1/me/tracks?offset=50"
        sandbox.fault("custom", endpoint="saved-tracks", body=page_of(1, link), count=1)
        pages = open_door(MIRA).saved_tracks()
        assert next(pages)["next"] == link
        assert next(pages)["offset"] == 50, "and the sandbox was asked for it"
        with pytest.raises(BlockingIOError):  # nobody came
            elsewhere.accept()


def page_of(items: int, link: str | None) -> str:
    """A page of the library with so many likes and that link to the next one."""
    return json.dumps({"items": [{"track": None}] * items, "next": link})


@pytest.mark.parametrize("link", [None, "me/tracks?offset=100"])
def test_an_empty_next_page_is_the_last(
    open_door: Door, sandbox: Sandbox, link: str | None
) -> None:
    """Also where it names another: that one would be as empty, and so on for ever."""
    following = link and sandbox.api_url + link
    for number in (1, 0):
        body = page_of(number, sandbox.api_url + "me/tracks?offset=50" if number else following)
        sandbox.fault("custom", endpoint="saved-tracks", body=body, count=1)
    pages = list(islice(open_door(MIRA).saved_tracks(), 4))
    assert [len(page["items"]) for page in pages] == [1, 0]


def test_one_track_one_album_one_artist(open_door: Door) -> None:
    door = open_door(MIRA)
    track = next(door.saved_tracks(limit=1))["items"][0]["track"]

    assert door.track(track["id"])["name"] == track["name"]
    assert door.album(track["album"]["id"])["name"] == track["album"]["name"]
    assert door.artist(track["artists"][0]["id"])["name"] == track["artists"][0]["name"]


@pytest.mark.parametrize(
    ("fault", "meaning", "again"),
    [
        ("rate_limited", errors.RateLimited, True),
        ("rate_limited_text", errors.RateLimited, True),
        ("quota_exceeded", errors.QuotaExceeded, True),
        ("bad_gateway", errors.Unavailable, True),
        ("server_error", errors.Unavailable, True),
        ("gateway_timeout", errors.Unavailable, True),
        ("unavailable_text", errors.Unavailable, True),
        ("reset", errors.Unavailable, True),
        ("premium_required", errors.NotPremium, False),
        ("not_listed", errors.NotAllowListed, False),
        ("scope", errors.MissingScope, False),
        ("forbidden", errors.Removed, False),
        ("unauthorized", errors.TokenExpired, False),
        ("not_found", errors.NotFound, False),
        ("error_string", errors.BadRequest, False),
        ("not_json", errors.BadAnswer, True),
        ("no_content", errors.BadAnswer, True),
    ],
)
def test_every_failure_has_one_meaning(
    open_door: Door, sandbox: Sandbox, fault: str, meaning: type[errors.SpotifyError], again: bool
) -> None:
    door = open_door(MIRA)
    sandbox.fault(fault, endpoint="me", count=1)

    with pytest.raises(errors.SpotifyError) as caught:
        door.me()

    assert type(caught.value) is meaning
    assert caught.value.retry is again


@pytest.mark.parametrize(
    "body",
    [
        *("[]", '"text"', "null", "5", "", "{", '{"items": null}', '{"items": {}}', "[" * 20_000),
        '{"items": ' + "[" * 3_000 + "]" * 3_000 + "}",
        '{"items": [], "limit": ' + "9" * 5_000 + "}",
    ],
)
def test_recently_played_of_any_kind_is_a_page_or_a_bad_answer(
    open_door: Door, sandbox: Sandbox, body: str
) -> None:
    sandbox.fault("custom", endpoint="recently-played", count=1, body=body)

    with pytest.raises((errors.BadAnswer, payloads.PayloadError)):
        payloads.recent_plays(open_door(MIRA).recently_played(), user_id=MIRA)


@pytest.mark.parametrize("body", [[], "text", None, 5])
def test_a_body_that_is_no_object_is_a_page_without_items(body: Any) -> None:
    with pytest.raises(payloads.PayloadError):
        payloads.recent_plays(body, user_id=MIRA)


@pytest.mark.parametrize("body", ["[" * 20_000, '{"error": "\\ud800\\u0000"}'])
def test_a_harmful_error_is_one_that_can_be_stored(
    open_door: Door, sandbox: Sandbox, body: str
) -> None:
    door = open_door(MIRA)
    sandbox.fault("custom", endpoint="me", count=1, body=body, status=500)

    with pytest.raises(errors.Unavailable) as caught:
        door.me()

    assert "\0" not in str(caught.value).encode().decode()


def test_a_429_is_answered_at_once_and_its_header_kept(open_door: Door, sandbox: Sandbox) -> None:
    """spotipy on its own would sleep here three times as long as Spotify says."""
    door = open_door(MIRA)
    sandbox.fault("rate_limited", endpoint="me", retry_after=3600)
    began = time.monotonic()

    with pytest.raises(errors.RateLimited) as caught:
        door.me()

    assert time.monotonic() - began < 3600
    assert caught.value.retry_after_seconds == 3600
    assert sandbox.control("calls")["me"] == 1


def test_after_a_429_nobody_asks_inside_the_window(
    open_door: Door, sandbox: Sandbox, quota: Quota
) -> None:
    first, second = open_door(MIRA), open_door(CAFE)
    sandbox.fault("quota_exceeded", endpoint="me", count=1, retry_after=3600)
    with pytest.raises(errors.QuotaExceeded):
        first.me()
    sandbox.control("calls", clear=True)

    with pytest.raises(errors.Blocked):
        second.me()

    assert sandbox.control("calls") == {}
    assert second.recently_played()["items"]  # another family answers on


def test_a_removed_call_of_development_mode(open_door: Door) -> None:
    door = open_door(MIRA)

    with pytest.raises(errors.Removed):
        door._full("catalogue", lambda: door._spotipy.tracks(["4uLU6hMCjMI75M1A2tKUQC"]))


def test_an_error_never_carries_the_query_or_the_token(open_door: Door, sandbox: Sandbox) -> None:
    door = open_door(MIRA)
    sandbox.fault("bad_gateway", endpoint="recently-played", count=1)

    with pytest.raises(errors.Unavailable) as caught:
        door.recently_played(after_ms=1234567890123)

    assert "1234567890123" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_mistake_of_ours_is_no_answer_of_theirs() -> None:
    with pytest.raises(AttributeError):
        translate_exception(AttributeError("'NoneType' object has no attribute 'x'"))


def test_a_host_that_is_not_there(quota: Quota) -> None:
    door = SpotifyClient("BQ", api_url="http://127.0.0.1:9/v1/", guard=quota)

    with pytest.raises(errors.Unavailable):
        door.me()


def test_silence_ends(open_door: Door, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    door = open_door(MIRA)
    door._spotipy.requests_timeout = (60, 0.2)
    sandbox.fault("hang", endpoint="me", count=1, seconds=600)

    with pytest.raises(errors.Unavailable, match="ReadTimeout"):
        door.me()


def test_the_limits_are_set_on_every_call(open_door: Door) -> None:
    assert open_door(MIRA)._spotipy.requests_timeout == (3.05, 10)
    assert isinstance(open_door(MIRA)._spotipy._session, requests.Session)
