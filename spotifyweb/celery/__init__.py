"""The Celery application: workers and beat start here."""

import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, worker_shutdown
from click import Option

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")

app = Celery("spotifyweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.user_options["worker"].add(
    Option(["--beat-thread"], is_flag=True, help="Run beat in a thread of this worker.")
)
app.steps["worker"].add("spotifyweb.celery.worker:BeatThread")


@heartbeat_sent.connect
def _worker_lives(sender: Any, **_: object) -> None:
    from spotifyweb.celery import heartbeats

    heartbeats.record(sender.eventer.hostname, now=datetime.now(UTC))


@worker_shutdown.connect
def _worker_stopped(sender: Any, **_: object) -> None:
    from spotifyweb.celery import heartbeats

    heartbeats.forget(sender.hostname)
