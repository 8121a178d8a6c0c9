"""Distributed locks in Valkey with fencing tokens, for all processes and machines.

A lock lasts `seconds` and is renewed from a thread while its holder lives, so that the lock of a
killed process expires. `token` grows with each holder (a fencing token): a holder that was paused
calls `check()` before a step that must not happen twice, to learn whether another has taken over.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import redis

from spotifyweb import clients

log = logging.getLogger(__name__)

POLL_SECONDS = 0.05
RENEW = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('pexpire', KEYS[1], ARGV[2])
"""
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


class LockHeld(Exception):
    """Another run holds this lock; it is doing the work, so there is nothing to repeat."""


class LockLost(Exception):
    """The lock ran out while its holder was paused, and another may have begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    name: str
    token: int
    client: "redis.Redis"

    def check(self) -> None:
        """Raise LockLost where this is no longer the holder."""
        if self.client.get(key(self.name)) != str(self.token).encode():
            raise LockLost(f"{self.name} was taken over while this run was paused")


def key(name: str) -> str:
    return f"lock:{name}"


def is_held(name: str) -> bool:
    return bool(clients.redis_client().exists(key(name)))


@contextmanager
def lock(name: str, seconds: int = 30, *, wait_seconds: float = 0) -> Iterator[Lock]:
    """Hold the lock within the block; raises LockHeld where another holds it for `wait_seconds`."""
    client = clients.redis_client()
    token = cast(int, client.incr("lock-tokens"))
    deadline = time.monotonic() + wait_seconds
    while not client.set(key(name), token, nx=True, px=seconds * 1000):
        if time.monotonic() >= deadline:
            raise LockHeld(f"{name} is held by another run")
        time.sleep(POLL_SECONDS)
    done = threading.Event()
    renewer = threading.Thread(
        target=_renew, args=(client, name, token, seconds, done), daemon=True, name=f"lock {name}"
    )
    renewer.start()
    try:
        yield Lock(name=name, token=token, client=client)
    finally:
        done.set()
        renewer.join()
        _quietly(client, RELEASE, name, token)


def _renew(
    client: "redis.Redis", name: str, token: int, seconds: int, done: threading.Event
) -> None:
    while not done.wait(seconds / 3):
        _quietly(client, RENEW, name, token, seconds * 1000)


def _quietly(client: "redis.Redis", script: str, name: str, *args: int) -> None:
    """Run the script; without Valkey the work itself goes on, and the lock expires."""
    try:
        client.eval(script, 1, key(name), *(str(arg) for arg in args))
    except redis.RedisError as error:
        log.warning("lock %s: %s", name, error)
