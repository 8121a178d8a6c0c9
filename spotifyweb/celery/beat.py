"""Beat's scheduler: django-celery-beat's, which ticks in one process of an install at a time.

Any number of beats may run. The one that holds the lease ticks, and renews it with a heartbeat
every five seconds and before each task that it sends; the others look every two seconds whether it
is free. Who takes over reads the schedule anew, and with it what was sent lately: the database
learns that every three minutes only.

A machine whose clock was ahead and is set back has tasks whose last run is in the future: without
`Entry` none of them would be sent until then.
"""

import logging
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from celery.utils.time import maybe_make_aware
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry
from redis.exceptions import RedisError

from spotifyweb.celery import heartbeats, lease

log = logging.getLogger(__name__)

STANDBY_SECONDS = 2.0
RENEWAL_SECONDS = lease.SECONDS / 3  # a tick comes more often; what it sends asks again


class Entry(ModelEntry):  # type: ignore[misc]
    last_run_at: datetime

    def is_due(self) -> Any:
        """Return whether to send it, and when to ask again; a last run to come counts as now."""
        now = self._default_now()
        if maybe_make_aware(self.last_run_at) > now:
            self.last_run_at = self.model.last_run_at = now
        return super().is_due()


class Scheduler(DatabaseScheduler):  # type: ignore[misc]
    Entry = Entry
    is_leader = False
    led_at = float("-inf")  # when Valkey last said so, by the monotonic clock

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.holder = lease.new_holder()
        super().__init__(*args, **kwargs)

    def tick(self, *args: object, **kwargs: object) -> float:
        """Send what is due, and return the seconds until the next tick."""
        is_renewed = self.is_leader and time.monotonic() - self.led_at < RENEWAL_SECONDS
        if not is_renewed and not self.lead():
            heartbeats.touch(heartbeats.BEAT)
            return STANDBY_SECONDS
        return float(super().tick(*args, **kwargs))

    def lead(self) -> bool:
        """Hold the lease if that is possible. Without Valkey nobody does: it is the broker, too."""
        was_leader, self.is_leader = self.is_leader, False
        with suppress(RedisError):
            self.is_leader = lease.hold(self.holder)
        if self.is_leader:
            self.led_at = time.monotonic()
            heartbeats.record(heartbeats.BEAT, now=datetime.now(UTC))
        if self.is_leader and not was_leader:
            log.info("beat ticks here: %s", self.holder)
            self._heap, self._initial_read = None, True
        if was_leader and not self.is_leader:
            log.warning("beat does not tick here any more")
            self._dirty.clear()  # what was not sent here is no news for the database
        return self.is_leader

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send a task, unless this process was paused and another beat took over meanwhile."""
        if not self.lead():
            return
        super().apply_entry(entry, producer=producer)
        with suppress(RedisError):
            lease.record_run(entry.name, now=datetime.now(UTC))

    def reserve(self, entry: Any) -> Any:
        """Note that a task is sent, also for whoever orders the schedule again before it is read.

        Without this a task was sent twice where the schedule changed while it was ordered.
        """
        sent = self._schedule[entry.name] = super().reserve(entry)
        return sent

    def all_as_schedule(self) -> dict[str, Any]:
        """Return the schedule, with what was sent after the database heard of it last."""
        entries: dict[str, Any] = super().all_as_schedule()
        with suppress(RedisError):
            for name, at in lease.last_runs().items():
                entry = entries.get(name)
                if entry is not None and entry.last_run_at < at:
                    entry.last_run_at = entry.model.last_run_at = at
        return entries

    def close(self) -> None:
        """Store what was sent, and let another beat take over at once."""
        super().close()
        with suppress(RedisError):
            lease.release(self.holder)
