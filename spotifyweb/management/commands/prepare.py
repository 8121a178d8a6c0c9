"""`manage.py prepare`: tables, static files, schedule, topics and the lake's empty datasets.

After an upgrade it also queues the build that the new version reads. Hosts of one database may all
run it at their start: one does the work, the others wait and find it done.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from recommendations import cache
from spotifyweb import clients, events, lake
from spotifyweb.accounts import key_fingerprints, sessions
from spotifyweb.accounts.models import ApiToken, Connection, Listener, Token
from spotifyweb.commands import JsonCommand
from spotifyweb.monitoring import connection_hints, upgrade
from spotifyweb.sandbox.listeners.people import ACCOUNTS

FORMER_QUEUE = "celery"
ADVISORY_LOCK = 0x4C696E6572  # "Liner"


class Command(JsonCommand):
    help = "Make database, static files, schedule, topics and lake ready. Safe to repeat."

    def handle(self, **options: Any) -> None:
        require_database()
        with preparation_lock():
            self._prepare(**options)

    def _prepare(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        record_keys()
        if not settings.SANDBOX:
            sign_out_simulated_listeners()
        cache.delete_former_keys()
        requeue_former_tasks()
        if settings.DATA_DIR in settings.STATIC_ROOT.parents:  # an image brings its own
            collect_static()
        call_command("install_schedule", verbosity=0)
        topics = [*events.TOPICS, *map(events.dead_letter_topic, events.TOPICS)]
        clients.event_log().create_topics(topics)
        lake.ensure_datasets(clients.lake())
        waiting = upgrade.request_rebuild()
        rebuild = waiting.sentence if waiting else None
        lines = [rebuild] if rebuild else []
        self.write_result({"topics": topics, "rebuild": rebuild}, *lines, options=options)


def require_database() -> None:
    """Raise CommandError, with what to do, where the database does not answer."""
    try:
        with clients.direct_connection() as own:
            own.ensure_connection()
    except OperationalError as error:
        hint = connection_hints.hint(error) or "look at DATABASE_URL"
        raise CommandError(f"{str(error).strip()}. To do: {hint}") from None


@contextmanager
def preparation_lock() -> Iterator[None]:
    """Let one process prepare the database at a time, and the others wait.

    On Postgres it is an advisory lock, of a connection of its own that no pool may share.
    It ends with its process.
    """
    if connection.vendor == "postgresql":
        with clients.direct_connection() as guard:
            with guard.cursor() as cursor:
                cursor.execute("select pg_advisory_lock(%s)", [ADVISORY_LOCK])
            yield
    else:
        with (settings.DATA_DIR / "prepare.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def record_keys() -> None:
    """Record or compare the keys. Raises CommandError where other hosts have others."""
    try:
        key_fingerprints.record()
    except key_fingerprints.KeysDiffer as error:
        raise CommandError(str(error)) from None


def collect_static() -> None:
    """Collect the static files; all of them anew where the last time did not reach the disk.

    A power cut leaves files that are empty and newer than their sources, so that collectstatic
    would pass over them.
    """
    complete = settings.STATIC_ROOT.with_name("static.complete")
    if complete.exists():
        complete.unlink()
    else:
        shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    os.sync()
    call_command("collectstatic", verbosity=0, interactive=False)
    os.sync()
    complete.touch()


def requeue_former_tasks() -> int:
    """Move tasks out of the queue of earlier versions, which no worker reads; returns how many."""
    queues, moved = clients.redis_client(), 0
    while queues.rpoplpush(FORMER_QUEUE, settings.CELERY_TASK_DEFAULT_QUEUE):
        moved += 1
    return moved


def sign_out_simulated_listeners() -> int:
    """Sign out the sandbox's listeners once there are credentials of Spotify; returns how many.

    Their simulated plays stay; the first real person to log in becomes the admin.
    """
    simulated = list(
        Listener.objects.filter(user_id__in=ACCOUNTS).exclude(connection=Connection.LOCAL)
    )
    Token.objects.filter(listener__in=simulated).delete()
    ApiToken.objects.filter(listener__in=simulated).delete()
    for listener in simulated:
        sessions.end_sessions(listener)
        listener.connection, listener.consented_at = Connection.LOCAL, None
        listener.is_staff = listener.is_superuser = False
        listener.save()
    return len(simulated)
