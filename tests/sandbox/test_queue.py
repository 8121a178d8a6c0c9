"""The queue of a player: who may add to it, where the track then is, and what is refused."""

import pytest
import requests

from bench.harness.sandbox_client import MIRA, SCOPES, Sandbox
from spotifyweb.sandbox.catalogue.music import catalogue
from spotifyweb.sandbox.listeners.people import PEOPLE

CONTROL, PATH = "user-modify-playback-state", "me/player/queue"
URI = f"spotify:track:{next(iter(catalogue(1).tracks))}"
FREE = next(one.account_id for one in PEOPLE if not one.premium)


def add(
    sandbox: Sandbox, account_id: str = MIRA, *, scope: str = CONTROL, uri: str = URI
) -> requests.Response:
    access = sandbox.log_in(account_id, scope=f"{SCOPES} {scope}".strip())["access_token"]
    return sandbox.post(PATH, access, {}, uri=uri)


def test_a_track_waits_behind_what_plays_and_then_plays(sandbox: Sandbox) -> None:
    sandbox.player(MIRA, "play")
    answer = add(sandbox)

    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    access = sandbox.log_in(MIRA)["access_token"]
    assert [each["uri"] for each in sandbox.get(PATH, access).json()["queue"]] == [URI]
    sandbox.player(MIRA, "skip")
    assert sandbox.get("me/player", access).json()["item"]["uri"] == URI


def test_silence_a_free_account_and_a_missing_scope_are_refused(sandbox: Sandbox) -> None:
    sandbox.player(MIRA, "stop")
    sandbox.player(FREE, "play")

    silent, free, unasked = add(sandbox), add(sandbox, FREE), add(sandbox, scope="")

    assert (silent.status_code, silent.json()["error"]["reason"]) == (404, "NO_ACTIVE_DEVICE")
    assert (free.status_code, free.json()["error"]["reason"]) == (403, "PREMIUM_REQUIRED")
    assert (unasked.status_code, unasked.json()["error"]["message"]) == (
        403,
        "Insufficient client scope",
    )


@pytest.mark.parametrize("uri", ["", "spotify:album:x", "spotify:track:nothing"])
def test_only_a_known_track_is_added(sandbox: Sandbox, uri: str) -> None:
    sandbox.player(MIRA, "play")
    assert add(sandbox, uri=uri).status_code == 400
