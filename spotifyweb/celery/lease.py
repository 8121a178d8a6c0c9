"""The lease in Valkey that one beat of an install holds, and when each of its tasks was last sent.

A lease ends a while after its holder was last heard of: one that hangs loses it, too. The lease of
a process of this host that is gone is free at once.
"""

import os
import socket
from datetime import datetime
from pathlib import Path
from typing import cast
from uuid import uuid4

from spotifyweb import clients
from spotifyweb.celery import heartbeats

KEY, LAST_RUNS = "beat-lease", "beat-runs"
SECONDS = 15.0
NAMESPACE = Path("/proc/self/ns/pid")  # of Linux: containers may share a host's name
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"
HOLD = """
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] and holder ~= ARGV[2] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[3])
return 1
"""


def new_holder() -> str:
    """Return a name that tells host and process of a holder, different each time."""
    return f"{_host()}|{os.getpid()}|{uuid4().hex}"


def hold(holder: str) -> bool:
    """Take or renew the lease; return whether that is its holder now."""
    if _replace(holder, holder):
        return True
    other = cast(bytes, clients.redis_client().get(KEY) or b"").decode()
    return bool(other) and is_gone(other) and _replace(other, holder)


def _replace(old: str, new: str) -> bool:
    """Give the lease to a holder where nobody but the old one or the new one has it."""
    ms = str(int(SECONDS * 1000))
    return bool(clients.redis_client().eval(HOLD, 1, KEY, new, old, ms))


def release(holder: str) -> None:
    clients.redis_client().eval(RELEASE, 1, KEY, holder)


def is_gone(holder: str) -> bool:
    """Return whether a holder was a process of this host that does not run any more."""
    host, pid, _ = holder.rsplit("|", 2)
    if host != _host():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it runs, as another user
    return False


def record_run(name: str, *, now: datetime) -> None:
    clients.redis_client().hset(LAST_RUNS, name, now.isoformat())


def last_runs() -> dict[str, datetime]:
    """Return when each periodic task was last sent, by name."""
    return heartbeats.times(LAST_RUNS)


def _host() -> str:
    space = NAMESPACE.stat().st_ino if NAMESPACE.exists() else 0
    return f"{socket.gethostname()}/{space}"
