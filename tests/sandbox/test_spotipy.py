"""spotipy, the real client, against the sandbox: made safe as the platform makes it."""

import time
from typing import Any

import pytest
import requests
from spotipy import Spotify, SpotifyException
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyOAuth, SpotifyOauthError

from bench.harness.sandbox_client import MIRA, SCOPES, Sandbox

BACK = "http://127.0.0.1:8000/callback/"


@pytest.fixture
def spotify(sandbox: Sandbox) -> Any:
    sandbox.clock(now="2026-05-01T12:00:00+00:00", speed=0)
    client = Spotify(
        auth=sandbox.log_in(MIRA)["access_token"],
        requests_session=requests.Session(),
        requests_timeout=5,
    )
    client.prefix = sandbox.api_url
    return client


def oauth(sandbox: Sandbox) -> Any:
    login = SpotifyOAuth(
        client_id="sandbox-client",
        client_secret="sandbox-secret",
        redirect_uri=BACK,
        scope=SCOPES,
        open_browser=False,
        cache_handler=MemoryCacheHandler(),
        requests_timeout=5,
    )
    login.OAUTH_AUTHORIZE_URL = f"{sandbox.accounts_url}/authorize"
    login.OAUTH_TOKEN_URL = f"{sandbox.accounts_url}/api/token"
    return login


def test_the_whole_login(sandbox: Sandbox) -> None:
    login = oauth(sandbox)
    back = sandbox.consent(login.get_authorize_url(state="mine"), MIRA)
    with pytest.warns(DeprecationWarning):  # of its own form of answer
        token = login.get_access_token(back["code"], check_cache=False)

    renewed = login.refresh_access_token(token["refresh_token"])

    assert back["state"] == "mine"
    assert renewed["refresh_token"] == token["refresh_token"]
    sandbox.control("consent", account_id=MIRA, how="revoked")
    with pytest.raises(SpotifyOauthError) as refused:
        login.refresh_access_token(token["refresh_token"])
    assert refused.value.error == "invalid_grant"


def test_me_player_and_likes(sandbox: Sandbox, spotify: Any) -> None:
    sandbox.player(MIRA, "play")
    sandbox.clock(advance=5)

    assert spotify.me()["account_id"] == MIRA
    assert len(spotify.current_user_recently_played(limit=50)["items"]) == 50
    assert spotify.currently_playing(additional_types="track,episode")["progress_ms"] == 5000
    assert spotify.current_playback()["device"]["is_active"] is True
    assert spotify.devices()["devices"]
    assert spotify.queue()["currently_playing"]


def test_silence_is_none(sandbox: Sandbox, spotify: Any) -> None:
    sandbox.player(MIRA, "stop")
    assert spotify.currently_playing() is None


def test_next_is_followed_on_this_host(spotify: Any) -> None:
    first = spotify.current_user_saved_tracks(limit=20)
    second = spotify.next(first)
    played = spotify.current_user_recently_played(limit=10)

    assert second["offset"] == 20
    assert len(spotify.next(played)["items"]) == 10


def test_single_look_ups_work_and_batches_are_forbidden(spotify: Any) -> None:
    track = spotify.current_user_recently_played(limit=1)["items"][0]["track"]

    assert spotify.track(track["id"])["name"] == track["name"]
    assert spotify.album_tracks(track["album"]["id"])["items"]
    assert spotify.artist_albums(track["artists"][0]["id"], limit=10)["items"]
    assert spotify.search(track["name"], limit=10)["tracks"]["items"]
    assert spotify.current_user_top_artists()["items"]
    playlists = spotify.current_user_playlists()["items"]
    assert spotify.playlist_items(playlists[0]["id"])["items"]
    with pytest.raises(SpotifyException, match="Forbidden"):
        spotify.tracks([track["id"]])
    with pytest.raises(SpotifyException, match="Invalid limit"):
        spotify.artist_albums(track["artists"][0]["id"], limit=20)


def test_a_quota_is_told_at_once_with_reason_and_wait(sandbox: Sandbox, spotify: Any) -> None:
    sandbox.fault("quota_exceeded", endpoint="recently-played", count=1, retry_after=86_207)
    began = time.monotonic()

    with pytest.raises(SpotifyException) as told:
        spotify.current_user_recently_played()

    assert time.monotonic() - began < 86_207, "nobody sleeps on a server's word"
    assert (told.value.http_status, told.value.reason) == (429, "QUOTA_EXCEEDED")
    assert told.value.headers["retry-after"] == "86207"


def test_plain_texts_strings_and_cuts_arrive_as_spotipy_sees_them(
    sandbox: Sandbox, spotify: Any
) -> None:
    sandbox.fault("premium_required", count=1)
    with pytest.raises(SpotifyException, match="Active premium subscription"):
        spotify.me()
    sandbox.fault("error_string", count=1)
    with pytest.raises(AttributeError):
        spotify.me()
    sandbox.fault("not_json", count=1)
    assert spotify.me() is None
    sandbox.fault("reset", count=1)
    with pytest.raises(requests.ConnectionError):
        spotify.me()
