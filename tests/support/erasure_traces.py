"""Events of a listener, and every place where their bytes can be found."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.utils import timezone

from ingestion.pipeline.sink import drain_topic, scheduled_limits
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.events import Like, Play
from spotifyweb.privacy import erasure_requests, execution
from spotifyweb.privacy.models import ErasureRequest

DAY = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
SOON = timedelta(minutes=5)


def play(user_id: str, minute: int, source: str = "recently_played") -> Play:
    return Play(
        user_id=user_id,
        played_at=DAY + timedelta(minutes=minute),
        track_id=f"track-{minute}",
        track_name="Harbour",
        artist_name="Pale Coast",
        source=source,
    )


def like(user_id: str, at: datetime = DAY) -> Like:
    return Like(
        user_id=user_id,
        played_at=at,
        track_id="t",
        track_name="n",
        artist_name="a",
        source="saved_tracks",
    )


def sink() -> None:
    for topic in ("user_plays", "user_skips", "user_likes"):
        drain_topic(
            topic,
            log=clients.event_log(),
            store=clients.lake(),
            limits=scheduled_limits(),
            now=timezone.now(),
        )


def find_traces(wanted: str) -> list[str]:
    """List every file, Redis key and table in which those bytes can be found."""
    needle, found = wanted.encode(), []
    for folder in ("lake", "imports", "uploads"):
        for file in Path(settings.DATA_DIR, folder).rglob("*"):
            if file.is_file() and (needle in file.read_bytes() or wanted in str(file)):
                found.append(str(file))
    redis = clients.redis_client()
    found += [repr(key) for key in redis.scan_iter() if needle in key + redis_value(key)]
    for model in apps.get_models():
        dump = serializers.serialize("json", model._default_manager.all())
        found += [model.__name__] if wanted in dump else []
    return found


def redis_value(key: bytes) -> bytes:
    """Return the value as Redis itself would write it."""
    redis: Any = clients.redis_client()
    read = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda k: redis.lrange(k, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda k: redis.zrange(k, 0, -1),
        b"stream": redis.xrange,
    }
    return repr(read.get(redis.type(key), lambda _: b"")(key)).encode()  # it may have run out


def close_account(listener: Listener, choice: erasure_requests.Retention) -> ErasureRequest:
    """Close the account, and let a worker carry out the erasure."""
    erasure = erasure_requests.close_account(listener, choice, now=timezone.now())
    assert erasure is not None
    execution.advance(erasure, clock=timezone.now)
    return erasure


def later() -> datetime:
    return timezone.now() + SOON


def run_second_pass() -> int:
    """Run the schedule once after everything in flight has landed; return how many it finished."""
    before = ErasureRequest.objects.exclude(second_pass_at=None).count()
    execution.resume_all(clock=later)
    return ErasureRequest.objects.exclude(second_pass_at=None).count() - before
