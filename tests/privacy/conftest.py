import pytest
from django.test import Client

from bench.harness.sandbox_client import MIRA, Sandbox
from ingestion.models import Cursor, HistoryImport, Run
from spotifyweb import clients
from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import Listener
from tests.support import login
from tests.support.erasure_traces import DAY, like, play, sink
from tests.support.lake_rows import append_events


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def mira(db: None, browser: Client, sandbox_settings: Sandbox) -> Listener:
    """Logged in through the sandbox, in `browser`; as the first one, the admin."""
    login.log_in(browser, sandbox_settings, MIRA, timezone="Europe/Oslo")
    return Listener.objects.get(user_id=MIRA)


@pytest.fixture
def traces(mira: Listener, bob: Listener) -> Listener:
    """Mira has left something in every corner, side by side with Bob."""
    append_events([play(who, minute) for minute in range(4) for who in (MIRA, "bob")])
    append_events([like(MIRA), like("bob")])
    clients.event_log().append("user_plays", [(MIRA, b'{"user_id": "' + MIRA.encode() + b'"')])
    sink()
    append_events([play(MIRA, 90), play("bob", 90)])  # not landed yet
    clients.redis_client().set(f"recommendations:build-1:{MIRA}", b"[]")
    clients.redis_client().set("recommendations:build-1:bob", b"[]")
    clients.spotify_quota().check("player", user_id=MIRA)
    api_tokens.create(mira, name="Kitchen", scopes=["read:stats"], now=DAY)
    Run.objects.create(stage="produce", subject=MIRA, started_at=DAY)
    Cursor.objects.create(listener=mira, stream="likes")
    HistoryImport.objects.create(listener=mira, file_name="my_spotify_data.zip")
    return mira
