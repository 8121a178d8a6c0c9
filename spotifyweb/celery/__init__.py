"""The Celery application: workers and beat start here."""

import gc
import os
import warnings
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import heartbeat_sent, worker_ready, worker_shutdown
from click import Option

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")
if os.geteuid():  # a container's group has no name, and Celery takes any such for root's
    warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("spotifyweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.user_options["worker"].add(
    Option(["--beat-thread"], is_flag=True, help="Run beat in a thread of this worker.")
)
app.steps["worker"].add("spotifyweb.celery.worker:BeatThread")


@worker_ready.connect
def freeze_loaded_objects(**_: object) -> None:
    """Exempt what is loaded from garbage collection, so that the rest is looked through often.

    Each failed task leaves a cycle of half a megabyte (github.com/celery/celery/issues/8882), and
    Python looks for those once there are a quarter as many objects as the last search left.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # leaves none


@heartbeat_sent.connect
def _worker_lives(sender: Any, **_: object) -> None:
    from spotifyweb.celery import heartbeats

    heartbeats.record(sender.eventer.hostname, now=datetime.now(UTC))


@worker_shutdown.connect
def _worker_stopped(sender: Any, **_: object) -> None:
    from spotifyweb.celery import heartbeats

    heartbeats.forget(sender.hostname)
