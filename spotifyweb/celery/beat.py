"""Beat's scheduler: django-celery-beat's, with a heartbeat at each tick."""

from datetime import UTC, datetime

from django_celery_beat.schedulers import DatabaseScheduler

from spotifyweb.celery import heartbeats


class Scheduler(DatabaseScheduler):  # type: ignore[misc]
    def tick(self, *args: object, **kwargs: object) -> float:
        heartbeats.record(heartbeats.BEAT, now=datetime.now(UTC))
        return float(super().tick(*args, **kwargs))
