"""Answers as ready bytes, stored in Redis for an hour; without Redis each is computed.

The key says build, listener, track, strategy, limit and the rest of the request, so a new build
needs no flush and nobody sees another's. Before the bytes stands a stamp of what else they rest on:
the listener's `generation`, which feedback raises, and their newest live play. Another one misses.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import redis
from django.dispatch import Signal

from spotifyweb import clients

answer_served = Signal()  # request: one that authentication, scope and throttle let through

TTL_SECONDS = 3600
LOCK_SECONDS = 10  # after which a computation counts as lost
WAIT_SECONDS = 5.0  # for somebody else's computation, then one's own
POLL_SECONDS = 0.02
STAMP_BYTES = 8
FORMER_PREFIX = "recommendations:"
HITS, MISSES = "answers:hits", "answers:misses"  # counted for the page
HOUR_KEY = "answers:before:{:%Y%m%d%H}"  # both counts as an hour began, kept for a day
HOUR, HOURS_SHOWN = timedelta(hours=1), 24
HIT, MISS = b'"cache_hit":true', b'"cache_hit":false'


def answer_key(kind: str, user_id: str, *parts: object) -> str:
    """Return the key of one request: its listener and a digest, with nothing readable in it."""
    text = "\x1f".join(str(part) for part in (kind, *parts))
    return prefix(user_id) + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def hit_rate() -> float | None:
    """Return the share of answers that were stored ones; None before the first."""
    try:
        hits, misses = (int(n or 0) for n in clients.redis_client().mget(HITS, MISSES))  # type: ignore[union-attr]
    except redis.RedisError:
        return None
    return hits / (hits + misses) if hits + misses else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """Answers of the last 24 hours: stored ones that were served, and computed ones."""

    hits: int
    misses: int

    @property
    def hit_rate(self) -> float | None:
        answers = self.hits + self.misses
        return self.hits / answers if answers else None


def day_counts(*, now: datetime) -> DayCounts | None:
    """Return the counts since the first answer of the last 24 hours; None without Redis."""
    hours = [HOUR_KEY.format(now - HOUR * ago) for ago in reversed(range(HOURS_SHOWN))]
    try:
        hits, misses, *before = cast(
            "list[bytes | None]", clients.redis_client().mget([HITS, MISSES, *hours])
        )
    except redis.RedisError:
        return None
    first = next((counts for counts in before if counts), None)
    if first is None:
        return DayCounts(hits=0, misses=0)
    hits_before, misses_before = map(int, first.split())
    return DayCounts(hits=int(hits or 0) - hits_before, misses=int(misses or 0) - misses_before)


def _note_hour(client: "redis.Redis", *, now: datetime) -> None:
    """Keep both counts as they are before the first computed or waited-for answer of an hour."""
    key = HOUR_KEY.format(now)
    if client.set(key, "", nx=True, ex=HOUR * (HOURS_SHOWN + 1)):
        hits, misses = cast("list[bytes | None]", client.mget([HITS, MISSES]))
        client.set(key, f"{int(hits or 0)} {int(misses or 0)}", ex=HOUR * (HOURS_SHOWN + 1))


def prefix(user_id: str) -> str:
    return "rec:" + hashlib.blake2b(user_id.encode(), digest_size=8).hexdigest() + ":"


def version_stamp(generation: bytes | None, newest: bytes | None = None) -> bytes:
    """Return what an answer rests on besides its request, in eight bytes."""
    return hashlib.blake2b(
        (generation or b"0") + b"|" + (newest or b""), digest_size=STAMP_BYTES
    ).digest()


def fresh_body(stored: bytes | None, expected: bytes) -> bytes | None:
    """Return the answer's bytes if their stamp is the expected one."""
    return stored[STAMP_BYTES:] if stored is not None and stored.startswith(expected) else None


def generation_key(user_id: str) -> str:
    return prefix(user_id) + "turn"


def get_or_compute(
    key: str,
    compute: Callable[[], bytes],
    *,
    stamp: bytes = bytes(STAMP_BYTES),
    cache: "redis.Redis | None" = None,
) -> tuple[bytes, bool]:
    """Return the stored answer, or a computed one; and whether it was stored before.

    Without Redis every answer is computed.
    """
    client = cache if cache is not None else clients.redis_client()
    try:
        return _get_or_compute(client, key, compute, stamp)
    except redis.RedisError:
        return compute(), False


def _get_or_compute(
    client: "redis.Redis", key: str, compute: Callable[[], bytes], stamp: bytes
) -> tuple[bytes, bool]:
    _note_hour(client, now=datetime.now(UTC))
    if (stored := _get(client, key, stamp)) is not None:
        client.incr(HITS)
        return stored, True
    client.incr(MISSES)
    owner = secrets.token_bytes(8)
    if not client.set(key + ":lock", owner, nx=True, px=LOCK_SECONDS * 1000):
        if (stored := _wait_for(client, key, stamp)) is not None:
            return stored, True
        return compute(), False
    try:
        if (stored := _get(client, key, stamp)) is not None:  # somebody was just through
            return stored, True
        made = compute()
        client.set(key, stamp + made, ex=TTL_SECONDS)
        return made, False
    finally:
        if client.get(key + ":lock") == owner:
            client.delete(key + ":lock")


def _get(client: "redis.Redis", key: str, stamp: bytes) -> bytes | None:
    return fresh_body(cast("bytes | None", client.get(key)), stamp)


def _wait_for(client: "redis.Redis", key: str, stamp: bytes) -> bytes | None:
    """Wait for what somebody else computes; None when they take too long or gave up."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        if (stored := _get(client, key, stamp)) is not None:
            return stored
        if not client.exists(key + ":lock"):
            return _get(client, key, stamp)  # it may have come between the two looks
    return None


def current_stamp(user_id: str, *, list_key: str = "") -> bytes:
    """Return the stamp of this moment for this listener."""
    client = clients.redis_client()
    try:
        generation = cast("bytes | None", client.get(generation_key(user_id)))
        newest = cast("bytes | None", client.lindex(list_key, 0)) if list_key else None
    except redis.RedisError:
        return version_stamp(None)
    return version_stamp(generation, newest)


def invalidate(user_id: str) -> None:
    """Make what is stored for this listener be found no more."""
    try:
        clients.redis_client().incr(generation_key(user_id))
    except redis.RedisError:  # what cannot be read cannot be stale
        return


def erase(user_id: str) -> int:
    """Delete all that is stored for this listener. Returns how much. Raises RedisError."""
    client = clients.redis_client()
    keys = list(client.scan_iter(match=prefix(user_id) + "*", count=1000))
    for key in keys:
        client.delete(key)
    return len(keys)


def delete_former_keys() -> int:
    """Delete keys of versions before 0.1, whose generations never end. Returns how many."""
    client = clients.redis_client()
    try:
        keys = list(client.scan_iter(match=FORMER_PREFIX + "*", count=1000))
        return cast(int, client.delete(*keys)) if keys else 0
    except redis.RedisError:  # the next start deletes them
        return 0
