"""Heartbeats of workers and beat, kept in Valkey."""

from datetime import UTC, datetime
from typing import cast

import redis

from spotifyweb import clients

KEY = "heartbeats"
BEAT = "beat"


def record(name: str, *, now: datetime) -> None:
    """Record a heartbeat; without Valkey it is missing, and the process works on."""
    try:
        clients.redis_client().hset(KEY, name, now.isoformat())
    except redis.RedisError:
        return


def last_heartbeats() -> dict[str, datetime]:
    """Return the time of the last heartbeat of each worker and of beat."""
    stored = cast(dict[bytes, bytes], clients.redis_client().hgetall(KEY))
    return {
        name.decode(): datetime.fromisoformat(at.decode()).astimezone(UTC)
        for name, at in stored.items()
    }


def forget(name: str) -> None:
    clients.redis_client().hdel(KEY, name)
