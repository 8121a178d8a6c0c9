"""The accounts host: consent, codes, tokens, and how each of them is refused."""

import pytest
import requests

from tests.sandbox_server import MIRA, Sandbox


def test_a_listener_logs_in_and_is_known_by_their_account_id(sandbox: Sandbox) -> None:
    token = sandbox.log_in(MIRA)

    me = sandbox.get("me", token["access_token"]).json()

    assert me["account_id"] == MIRA
    assert me["images"][0]["url"].startswith(sandbox.url)
    assert "email" not in me


@pytest.mark.parametrize("path", ["me", "me/"])
def test_a_trailing_slash_changes_nothing(sandbox: Sandbox, path: str) -> None:
    assert sandbox.get(path, sandbox.log_in()["access_token"]).status_code == 200


def test_playing_and_played(sandbox: Sandbox) -> None:
    access = sandbox.log_in(MIRA)["access_token"]
    sandbox.clock(now="2026-05-01T10:00:00+00:00", speed=0)
    access = sandbox.log_in(MIRA)["access_token"]
    sandbox.player(MIRA, "play")
    sandbox.clock(advance=10)
    now = sandbox.get("me/player/currently-playing", access).json()
    assert now["progress_ms"] == 10_000
    page = sandbox.get("me/player/recently-played", access, limit=50).json()
    assert len(page["items"]) == 50
    assert sandbox.get("me/tracks", access, limit=5).json()["total"] > 50


def test_a_cut_connection(sandbox: Sandbox) -> None:
    access = sandbox.log_in(MIRA)["access_token"]
    sandbox.fault("reset", endpoint="me", count=1)
    with pytest.raises(requests.ConnectionError):
        sandbox.get("me", access)
    assert sandbox.get("me", access).status_code == 200
