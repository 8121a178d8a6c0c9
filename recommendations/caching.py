"""Answers as ready bytes in Redis for an hour: one computation per key, and none lost without it.

The key says build, listener, track, strategy, limit and the rest of the question, so a new build
needs no flush and nobody sees another's. Before the bytes stands a mark of what else they rest on:
the listener's `turn`, which feedback moves on, and their newest live play. Another mark is a miss.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import cast

import redis

from spotifyweb import clients

TTL_SECONDS = 3600
LOCK_SECONDS = 10  # after which a computation counts as lost
WAIT_SECONDS = 5.0  # for somebody else's computation, then one's own
POLL_SECONDS = 0.02
MARK = 8
HITS, MISSES = "answers:hits", "answers:misses"  # counted for the page
HIT, MISS = b'"cache_hit":true', b'"cache_hit":false'


def question(kind: str, user_id: str, *parts: object) -> str:
    """One question as a key: whose it is, then a digest, and nothing readable in it."""
    text = "\x1f".join(str(part) for part in (kind, *parts))
    return prefix(user_id) + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def hit_rate() -> float | None:
    """The share of answers that were stored ones; None before the first."""
    try:
        hits, misses = (int(n or 0) for n in clients.redis_client().mget(HITS, MISSES))  # type: ignore[union-attr]
    except redis.RedisError:
        return None
    return hits / (hits + misses) if hits + misses else None


def prefix(user_id: str) -> str:
    return "recommendations:" + hashlib.blake2b(user_id.encode(), digest_size=8).hexdigest() + ":"


def mark(turn: bytes | None, newest: bytes | None = None) -> bytes:
    """What an answer rests on besides its question, in eight bytes."""
    return hashlib.blake2b((turn or b"0") + b"|" + (newest or b""), digest_size=MARK).digest()


def marked(stored: bytes | None, expected: bytes) -> bytes | None:
    """The answer's bytes, if they still rest on what is so."""
    return stored[MARK:] if stored is not None and stored.startswith(expected) else None


def turn_key(user_id: str) -> str:
    return prefix(user_id) + "turn"


def answer(
    key: str,
    compute: Callable[[], bytes],
    *,
    rests_on: bytes = bytes(MARK),
    cache: "redis.Redis | None" = None,
) -> tuple[bytes, bool]:
    """The stored answer, or a computed one that is stored; and whether it was stored before.

    Without Redis every answer is computed.
    """
    door = cache if cache is not None else clients.redis_client()
    try:
        return _answer(door, key, compute, rests_on)
    except redis.RedisError:
        return compute(), False


def _answer(
    door: "redis.Redis", key: str, compute: Callable[[], bytes], rests_on: bytes
) -> tuple[bytes, bool]:
    if (stored := _stored(door, key, rests_on)) is not None:
        door.incr(HITS)
        return stored, True
    door.incr(MISSES)
    mine = secrets.token_bytes(8)
    if not door.set(key + ":lock", mine, nx=True, px=LOCK_SECONDS * 1000):
        if (stored := _waited(door, key, rests_on)) is not None:
            return stored, True
        return compute(), False
    try:
        if (stored := _stored(door, key, rests_on)) is not None:  # somebody was just through
            return stored, True
        made = compute()
        door.set(key, rests_on + made, ex=TTL_SECONDS)
        return made, False
    finally:
        if door.get(key + ":lock") == mine:
            door.delete(key + ":lock")


def _stored(door: "redis.Redis", key: str, rests_on: bytes) -> bytes | None:
    return marked(cast("bytes | None", door.get(key)), rests_on)


def _waited(door: "redis.Redis", key: str, rests_on: bytes) -> bytes | None:
    """What somebody else computes; None when they take too long or gave up."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        if (stored := _stored(door, key, rests_on)) is not None:
            return stored
        if not door.exists(key + ":lock"):
            return _stored(door, key, rests_on)  # it may have come between the two looks
    return None


def resting_on(user_id: str, *, live_key: str = "") -> bytes:
    """The mark of this moment for this listener."""
    door = clients.redis_client()
    try:
        turn = cast("bytes | None", door.get(turn_key(user_id)))
        newest = cast("bytes | None", door.lindex(live_key, 0)) if live_key else None
    except redis.RedisError:
        return mark(None)
    return mark(turn, newest)


def forget_answers(user_id: str) -> None:
    """What is stored for this listener is not found any more."""
    try:
        clients.redis_client().incr(turn_key(user_id))
    except redis.RedisError:  # what cannot be read cannot be stale
        return


def erase_answers(user_id: str) -> int:
    """Nothing stored for this listener is left; how much there was. Raises RedisError."""
    door = clients.redis_client()
    keys = list(door.scan_iter(match=prefix(user_id) + "*", count=1000))
    for key in keys:
        door.delete(key)
    return len(keys)
