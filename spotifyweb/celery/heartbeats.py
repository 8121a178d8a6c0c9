"""Heartbeats of workers and beat: in Valkey for all hosts, as files for checks of this one."""

from datetime import UTC, datetime
from typing import cast

import redis
from django.conf import settings

from spotifyweb import clients
from spotifyweb.celery import liveness

KEY = "heartbeats"
BEAT = "beat"


def record(name: str, *, now: datetime) -> None:
    """Record a heartbeat; without Valkey it is missing, and the process works on."""
    touch(name)
    try:
        clients.redis_client().hset(KEY, name, now.isoformat())
    except redis.RedisError:
        return


def touch(name: str) -> None:
    """Note for health checks of this host that this worker or beat lives."""
    liveness.touch(liveness.file_of(name, settings.DATA_DIR))


def last_heartbeats() -> dict[str, datetime]:
    """Return the time of the last heartbeat of each worker and of beat."""
    return times(KEY)


def times(key: str) -> dict[str, datetime]:
    """Return the times (UTC) in a hash of Valkey, by name. Raises RedisError."""
    stored = cast(dict[bytes, bytes], clients.redis_client().hgetall(key))
    return {
        name.decode(): datetime.fromisoformat(at.decode()).astimezone(UTC)
        for name, at in stored.items()
    }


def forget(name: str) -> None:
    """Remove the heartbeat of a worker that was stopped."""
    liveness.file_of(name, settings.DATA_DIR).unlink(missing_ok=True)
    clients.redis_client().hdel(KEY, name)
