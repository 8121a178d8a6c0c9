"""Who has a page open: marks in Valkey that an open socket renews and a closed one lets run out."""

import redis

KEY = "watched:{}"
SECONDS = 40


def mark(client: "redis.Redis", listener_pk: int) -> bool:
    """Renew the mark; True when nobody was watching before, so that a look is due at once."""
    was_watched = client.set(KEY.format(listener_pk), 1, ex=SECONDS, get=True)
    return was_watched is None


def is_watched(client: "redis.Redis", listener_pk: int) -> bool:
    return bool(client.exists(KEY.format(listener_pk)))
