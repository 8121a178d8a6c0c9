"""Probes of everything this instance depends on: a small check each, with a hint where it fails."""

import re
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from spotifyweb import clients, events
from spotifyweb.celery import heartbeats
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError
from spotifyweb.monitoring import connection_hints, publication
from spotifyweb.warehouse import NothingPublished, WarehouseError

FAILURES = (DatabaseError, redis.RedisError, LogError, LakeError, WarehouseError, OSError)
WORKER_TIMEOUT = timedelta(seconds=90)
BEAT_TIMEOUT = timedelta(seconds=90)
UNUSABLE = {  # modes of Redis
    "cluster": "this is a node of a cluster, which cannot be used",
    "sentinel": "this is a Sentinel, which holds no data",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    name: str
    is_well: bool
    detail: str  # for those who run this instance: may name addresses, never passwords
    hint: str = ""  # what to do, where it is not well
    took_ms: float = 0.0


class NoHeartbeat(OSError):
    """No worker, or no beat, has left a heartbeat for too long."""


def database(_: datetime) -> str:
    """Ask a pool's server directly: a pool says only that it has no connection."""
    has_pool = bool(connection.settings_dict.get("OPTIONS", {}).get("pool"))
    with (
        clients.direct_connection() if has_pool else nullcontext(connection) as asked,
        asked.cursor() as cursor,
    ):
        cursor.execute("select 1")
    return str(connection.vendor)


def valkey(_: datetime) -> str:
    server = cast(dict[str, str], clients.redis_client().info("server"))
    mode = server.get("server_mode") or server.get("redis_mode")  # Valkey's and Redis' name for it
    if mode in UNUSABLE:
        raise redis.RedisError(UNUSABLE[mode])
    return address_without_credentials(settings.REDIS_URL)


def event_log(_: datetime) -> str:
    waiting = sum(clients.event_log().lag(topic) for topic in events.TOPICS)
    return f"{waiting:,} records wait in {address_without_credentials(settings.EVENT_LOG_URL)}"


def lake(_: datetime) -> str:
    next(iter(clients.lake().keys("bronze/tracks/")), None)
    return clients.lake().url


def warehouse(now: datetime) -> str:
    """Look at the published build: on Snowflake by its note, as each question there is billed."""
    build = publication.build()
    if build is None:
        return "nothing published yet"
    if not publication.is_billed():
        clients.warehouse().rows("select 1 as one")
    return f"build {build.build_id}, {age(build.published_at, now=now)} old"


def warehouse_login(_: datetime) -> str:
    """Ask the warehouse itself."""
    build = clients.warehouse().published()
    if build is None:
        return "nothing published yet"
    clients.warehouse().rows("select 1 as one")
    return f"build {build.build_id}"


def workers(now: datetime) -> str:
    alive = [
        name
        for name, at in heartbeats.last_heartbeats().items()
        if name != heartbeats.BEAT and now - at < WORKER_TIMEOUT
    ]
    if not alive:
        raise NoHeartbeat("no worker has given a sign of life in the last 90 seconds")
    return ", ".join(sorted(alive))


def beat(now: datetime) -> str:
    at = heartbeats.last_heartbeats().get(heartbeats.BEAT)
    if at is None or now - at > BEAT_TIMEOUT:
        raise NoHeartbeat("beat has not ticked in the last 90 seconds")
    return f"ticked {age(at, now=now)} ago"


PROBES: dict[str, tuple[Callable[[datetime], str], str]] = {
    "database": (database, "look at DATABASE_URL, then run: manage.py migrate"),
    "redis": (valkey, "look at REDIS_URL; `make run` starts one of its own"),
    "log": (event_log, "look at EVENT_LOG_URL: redis://… or kafka://host:port"),
    "lake": (lake, "look at LAKE_URL, and for s3:// at AWS_ENDPOINT_URL and the AWS keys"),
    "warehouse": (warehouse, "look at WAREHOUSE_URL, then run: manage.py transform"),
    "worker": (
        workers,
        f"start one: celery -A spotifyweb worker -Q {','.join(settings.TASK_QUEUES)}",
    ),
    "beat": (beat, "start it: celery -A spotifyweb beat"),
}
LOGIN = {"warehouse login": (warehouse_login, PROBES["warehouse"][1])}
ESSENTIAL = ("database", "redis")  # without these no page can be shown


def probe(name: str, *, now: datetime) -> ProbeResult:
    """Run the probe of that name, in a few milliseconds where the dependency is well."""
    check, hint = (PROBES | LOGIN)[name]
    began = time.monotonic()
    try:
        detail, is_well = check(now), True
    except NothingPublished:
        detail, is_well = "nothing published yet", True
    except FAILURES as error:
        detail, is_well = f"{type(error).__name__}: {error}", False
        hint = getattr(error, "hint", "") or connection_hints.hint(error) or hint
    took_ms = round((time.monotonic() - began) * 1000, 1)
    return ProbeResult(
        name=name, is_well=is_well, detail=detail, hint="" if is_well else hint, took_ms=took_ms
    )


def probe_all(*, now: datetime) -> list[ProbeResult]:
    return [probe(name, now=now) for name in PROBES]


def probe_login(*, now: datetime) -> list[ProbeResult]:
    """Log in to a warehouse that the other probes leave alone, because each question costs."""
    return [probe("warehouse login", now=now)] if publication.is_billed() else []


def address_without_credentials(url: str) -> str:
    """Return the URL without its user, and without passwords, also in its options."""
    url = re.sub(r"(password=)[^&]*", r"\1…", url)
    netloc = urlsplit(url).netloc
    return url.replace(netloc, netloc.rpartition("@")[2], 1) if netloc else url


def age(moment: datetime, *, now: datetime) -> str:
    """Return how long ago that was, such as "4 s", "3 min", "5 h" or "2 days"."""
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (unit != "days" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
