"""Whether the engines answer: one small question each, with what to do when they do not."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from spotifyweb import clients, events, heartbeats
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError
from spotifyweb.warehouse import NoBuild, WarehouseError

TROUBLE = (DatabaseError, redis.RedisError, LogError, LakeError, WarehouseError, OSError)
WORKER_SILENT = timedelta(seconds=90)
BEAT_SILENT = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    name: str
    is_well: bool
    said: str  # for those who run this instance: may name addresses, never passwords
    cure: str = ""  # what to do, where it is not well
    took_ms: float = 0.0


class Silent(OSError):
    """Nobody has given a sign of life for too long."""


def database(_: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return str(connection.vendor)


def valkey(_: datetime) -> str:
    clients.redis_client().ping()
    return place(settings.REDIS_URL)


def event_log(_: datetime) -> str:
    waiting = sum(clients.event_log().lag(topic) for topic in events.TOPICS)
    return f"{waiting:,} records wait in {place(settings.EVENT_LOG_URL)}"


def lake(_: datetime) -> str:
    next(iter(clients.lake().keys("bronze/tracks/")), None)
    return clients.lake().url


def warehouse(now: datetime) -> str:
    build = clients.warehouse().published()
    if build is None:
        return "nothing published yet"
    clients.warehouse().rows("select 1 as one")
    return f"build {build.build_id}, {age(build.published_at, now=now)} old"


def workers(now: datetime) -> str:
    alive = [
        name
        for name, at in heartbeats.seen().items()
        if name != heartbeats.BEAT and now - at < WORKER_SILENT
    ]
    if not alive:
        raise Silent("no worker has given a sign of life in the last 90 seconds")
    return ", ".join(sorted(alive))


def beat(now: datetime) -> str:
    at = heartbeats.seen().get(heartbeats.BEAT)
    if at is None or now - at > BEAT_SILENT:
        raise Silent("beat has not ticked in the last 90 seconds")
    return f"ticked {age(at, now=now)} ago"


ENGINES: dict[str, tuple[Callable[[datetime], str], str]] = {
    "database": (database, "look at DATABASE_URL, then run: manage.py migrate"),
    "redis": (valkey, "look at REDIS_URL; `make run` starts one of its own"),
    "log": (event_log, "look at EVENT_LOG_URL: redis://… or kafka://host:port"),
    "lake": (lake, "look at LAKE_URL, and for s3:// at AWS_ENDPOINT_URL and the AWS keys"),
    "warehouse": (warehouse, "look at WAREHOUSE_URL, then run: manage.py transform"),
    "worker": (workers, "start one: celery -A spotifyweb worker -Q celery,now"),
    "beat": (beat, "start it: celery -A spotifyweb beat"),
}
ESSENTIAL = ("database", "redis")  # without these no page can be shown


def ask(name: str, *, now: datetime) -> Answer:
    question, cure = ENGINES[name]
    began = time.monotonic()
    try:
        said, is_well = question(now), True
    except NoBuild:
        said, is_well = "nothing published yet", True
    except TROUBLE as error:
        said, is_well = f"{type(error).__name__}: {error}", False
    took_ms = round((time.monotonic() - began) * 1000, 1)
    return Answer(
        name=name, is_well=is_well, said=said, cure="" if is_well else cure, took_ms=took_ms
    )


def ask_all(*, now: datetime) -> list[Answer]:
    return [ask(name, now=now) for name in ENGINES]


def place(url: str) -> str:
    """The address without its user and password."""
    netloc = urlsplit(url).netloc
    return url.replace(netloc, netloc.rpartition("@")[2], 1) if netloc else url


def age(moment: datetime, *, now: datetime) -> str:
    """4 s, 3 min, 5 h, 2 days: as long ago as that."""
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (unit != "days" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
