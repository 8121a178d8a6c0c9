"""One fetch for a listener of the sandbox, and what it left behind."""

from datetime import timedelta

from bench.harness.sandbox_client import Sandbox
from ingestion.fetch import producer
from ingestion.models import Cursor, Run
from spotifyweb import clients, events
from spotifyweb.accounts.models import Listener
from tests.ingestion.conftest import NOON, logged


def fetch(who: Listener, **later: float) -> Run:
    moment = NOON + timedelta(**later)
    return producer.fetch_safely(who, log=clients.event_log(), now=moment)


def cursor(who: Listener, stream: str = "recently_played") -> Cursor:
    return Cursor.objects.get(listener=who, stream=stream)


def listed(sandbox: Sandbox, who: Listener) -> set[int]:
    """When the plays ended that Spotify lists, of the last two days."""
    from_ms = sandbox.state.clock.now_ms() - 2 * 86_400_000
    plays = sandbox.record(who.user_id, from_ms=from_ms)["plays"]
    return {play["ended_ms"] for play in plays if play["listed"]}


def ended(topic: str = "user_plays") -> set[int]:
    return {events.to_ms(events.from_rfc3339(event["played_at"])) for event in logged(topic)}
