"""What the control room shows of this machine, of what is left, and of what runs next."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F
from django_celery_beat.models import PeriodicTask

from spotifyweb import clients
from spotifyweb.accounts import consent
from spotifyweb.accounts.models import Connection, Listener

MEMORY = Path("/proc/meminfo")  # of Linux, in kB


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Room on this machine, in bytes."""

    name: str
    free: int
    total: int

    @property
    def is_low(self) -> bool:
        return self.free < self.total / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRun:
    """A row of the schedule; `at` is None where it is paused."""

    task: PeriodicTask
    at: datetime | None


def resources() -> list[Resource]:
    """Return disk and, on Linux, memory."""
    disk = shutil.disk_usage(settings.DATA_DIR)
    found = [Resource(name="disk", free=disk.free, total=disk.total)]
    if MEMORY.exists():
        lines = (line.split() for line in MEMORY.read_text().splitlines())
        kilobytes = {parts[0].rstrip(":"): int(parts[1]) for parts in lines}
        free, total = kilobytes.get("MemAvailable", 0), kilobytes["MemTotal"]
        found.append(Resource(name="memory", free=free * 1024, total=total * 1024))
    return found


def schedule() -> list[NextRun]:
    """Return what runs next, by time; paused tasks last."""
    tasks = PeriodicTask.objects.exclude(interval=None).select_related("interval")
    rows = [NextRun(task=task, at=_next_time(task)) for task in tasks.order_by("name")]
    return sorted(rows, key=lambda row: (not row.task.enabled, row.at is not None, row.at or 0))


def _next_time(task: PeriodicTask) -> datetime | None:
    if not task.enabled:
        return None
    every: timedelta = task.interval.schedule.run_every
    began: datetime = task.last_run_at or task.date_changed  # beat begins to count there
    return began + every


def quota_left(*, now: datetime) -> dict[str, int]:
    """Return how many calls may still be made today (UTC): of families with a limit, and of all."""
    quota = clients.spotify_quota()
    spent = quota.spent(now=now)
    every = max(0, quota.budget.calls - sum(spent.values()))
    limits = {"catalogue": quota.budget.catalogue, "artist_albums": quota.budget.artist_albums}
    left = {name: limit - spent.get(name, 0) for name, limit in limits.items()}
    return {name: max(0, min(count, every)) for name, count in left.items()} | {"every": every}


def consents(*, now: datetime, limit: int) -> list[tuple[Listener, consent.Consent]]:
    """Return the oldest consents of listeners who are or were connected."""
    states = (Connection.CONNECTED, Connection.NEEDS_LOGIN)
    listeners = Listener.objects.filter(connection__in=states).select_related("token")
    oldest = listeners.order_by(F("consented_at").asc(nulls_last=True))[:limit]
    return [(listener, consent.consent_of(listener, now=now)) for listener in oldest]
