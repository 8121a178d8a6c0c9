"""The sandbox on a free port as a fixture: nothing else stands in for Spotify."""

from collections.abc import Iterator
from typing import Any

import pytest

from bench.harness.processes import free_port
from bench.harness.sandbox_client import Sandbox
from spotifyweb.sandbox.server import BackgroundServer
from spotifyweb.sandbox.state import SandboxState


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Sandbox]:
    """Run one server for the whole session; take `sandbox`, which is as new for each test."""
    state = SandboxState()
    background = BackgroundServer(state, port=free_port())
    background.start()
    yield Sandbox(url=background.url, state=state)
    background.stop()


@pytest.fixture
def sandbox(sandbox_server: Sandbox) -> Iterator[Sandbox]:
    pristine = SandboxState()
    state = sandbox_server.state
    state.reset()
    state.profile, state.clients = pristine.profile, pristine.clients
    state.redirect_uris, state.listed = pristine.redirect_uris, pristine.listed
    state.recently_played, state.rate_limit = pristine.recently_played, pristine.rate_limit
    yield sandbox_server


@pytest.fixture
def sandbox_settings(sandbox: Sandbox, settings: Any) -> Sandbox:
    """Make the application talk to this sandbox."""
    settings.SPOTIFY_ACCOUNTS_URL = sandbox.accounts_url
    settings.SPOTIFY_API_URL = sandbox.api_url
    settings.SPOTIFY_CLIENT_ID, settings.SPOTIFY_CLIENT_SECRET = "sandbox-client", "sandbox-secret"
    return sandbox
