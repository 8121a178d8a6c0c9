"""Who is alive: workers and beat leave the time in Valkey, whoever asks reads it there."""

from datetime import UTC, datetime
from typing import cast

import redis

from spotifyweb import clients

KEY = "heartbeats"
BEAT = "beat"


def leave(name: str, *, now: datetime) -> None:
    """Valkey away for a moment is no reason to stop working: that heartbeat is just missing."""
    try:
        clients.redis_client().hset(KEY, name, now.isoformat())
    except redis.RedisError:
        return


def seen() -> dict[str, datetime]:
    """The last sign of life of each worker and of beat."""
    left = cast(dict[bytes, bytes], clients.redis_client().hgetall(KEY))
    return {
        name.decode(): datetime.fromisoformat(at.decode()).astimezone(UTC)
        for name, at in left.items()
    }


def forget(name: str) -> None:
    clients.redis_client().hdel(KEY, name)
