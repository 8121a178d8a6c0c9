"""Beat's scheduler: django-celery-beat's, with a heartbeat at each tick.

A machine whose clock was ahead and is set back has tasks whose last run is in the future: without
`Entry` none of them would be sent until then.
"""

from datetime import UTC, datetime
from typing import Any

from celery.utils.time import maybe_make_aware
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from spotifyweb.celery import heartbeats


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

    def tick(self, *args: object, **kwargs: object) -> float:
        heartbeats.record(heartbeats.BEAT, now=datetime.now(UTC))
        return float(super().tick(*args, **kwargs))
