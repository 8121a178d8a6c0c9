"""The door, opened on the sandbox with no Django around it."""

from collections.abc import Callable

import pytest

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb import clients
from spotifyweb.spotify.client import SpotifyClient
from spotifyweb.spotify.oauth import SpotifyOAuth
from spotifyweb.spotify.quota import Quota
from tests.spotify.ticking import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(clock: Clock) -> Quota:
    return Quota(redis=clients.redis_client(), client_id="sandbox-client", clock=clock)


@pytest.fixture
def oauth(sandbox: Sandbox, quota: Quota) -> SpotifyOAuth:
    return SpotifyOAuth(
        client_id="sandbox-client",
        client_secret="sandbox-secret",
        redirect_uri="http://127.0.0.1:8000/callback/",
        accounts_url=sandbox.accounts_url,
        guard=quota,
    )


@pytest.fixture
def open_door(sandbox: Sandbox, quota: Quota) -> Callable[..., SpotifyClient]:
    def opened(account_id: str = MIRA, **log_in: str) -> SpotifyClient:
        token = sandbox.log_in(account_id, **log_in)["access_token"]
        return SpotifyClient(token, api_url=sandbox.api_url, guard=quota, user_id=account_id)

    return opened
