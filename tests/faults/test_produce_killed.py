"""A worker killed in the middle of fetching: the next fetch brings all, and nothing counts twice.

`FAULT_ROUNDS=20` repeats the kill that often.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Q

from bench.harness.processes import PATIENCE_SECONDS
from bench.harness.sandbox_client import MIRA, THEO, Sandbox
from ingestion import tasks
from ingestion.models import Cursor, Run
from ingestion.pipeline import sink, sink_writer
from spotifyweb import clients, events
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Lake, open_lake
from spotifyweb.spotify import payloads
from tests.ingestion.conftest import *  # noqa: F403  the cast of the sandbox
from tests.ingestion.conftest import NOON, ids
from tests.support.lake_rows import event_ids

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
WORKER = "celery -A spotifyweb worker -Q ingest --concurrency 2 --without-gossip --without-mingle"


class Workers:
    """Real workers, one at a time, on this test's database, log and sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
            "TOKEN_KEYS": ",".join(settings.TOKEN_KEYS),
            "SPOTIFY_ACCOUNTS_URL": sandbox.accounts_url,
            "SPOTIFY_API_URL": sandbox.api_url,
            "LOG_LEVEL": "ERROR",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", *WORKER.split(), "--loglevel", "ERROR"],
            env=self._environment,
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )

    def kill(self) -> None:
        """The worker and its children, with no time to say anything."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def workers(noon: Sandbox) -> Iterator[Workers]:
    ours = Workers(noon)
    yield ours
    ours.kill()


def truth(who: Listener) -> tuple[set[str], set[str]]:
    """The ids of all plays and likes that Spotify lists, read without the pipeline."""
    plays = tokens.call_spotify(who, lambda spotify: spotify.recently_played(), now=NOON)
    likes = tokens.call_spotify(who, lambda spotify: list(spotify.saved_tracks()), now=NOON)
    pages = [payloads.saved_tracks(body, user_id=who.user_id) for body in likes]
    return (
        {str(play.event_id) for play in payloads.recent_plays(plays, user_id=who.user_id).events},
        {str(like.event_id) for page in pages for like in page.events},
    )


def until(done: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + 2 * PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, f"{what} does not come"
        time.sleep(0.02)


def asked(sandbox: Sandbox) -> int:
    calls = sandbox.control("calls")
    return int(calls.get("recently-played", 0) + calls.get("saved-tracks", 0))


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the worker shares SQLite's test file")
def test_a_worker_killed_while_it_fetches(
    mira: Listener, theo: Listener, noon: Sandbox, workers: Workers, tmp_path: Path
) -> None:
    expected = [truth(who) for who in (mira, theo)]
    plays, likes = (set[str]().union(*(one[side] for one in expected)) for side in (0, 1))
    workers.start()
    for attempt in range(ROUNDS):
        rng = random.Random(attempt)
        while not killed_in_the_middle(noon, workers, rng):  # a quick machine was through
            workers.start()
        for who in (mira, theo):  # a minute passes: the locks of the dead run out
            clients.redis_client().delete(f"lock:produce:{who.pk}")
        workers.start()
        tasks.produce.delay()
        fetched = Cursor.objects.filter(fetched_at__isnull=False)
        until(lambda: fetched.count() == 4, what="the second fetch")  # noqa: B023

        assert set(ids("user_plays")) == plays
        assert set(ids("user_likes")) == likes
        assert landed(open_lake(f"file://{tmp_path}/{attempt}")) == (plays, likes)
        lost = Q(status=Run.Status.RUNNING) | Q(error="was killed")  # the next one buries it
        assert Run.objects.filter(lost).exists()


def as_new() -> None:
    Cursor.objects.all().delete()
    Run.objects.all().delete()
    for topic in events.TOPICS:
        clients.event_log().erase_key(topic, MIRA)
        clients.event_log().erase_key(topic, THEO)


def killed_in_the_middle(sandbox: Sandbox, workers: Workers, rng: random.Random) -> bool:
    as_new()
    sandbox.fault("slow", seconds=0.15)
    sandbox.control("calls", clear=True)
    tasks.produce.delay()
    calls = rng.randrange(1, 6)
    until(lambda: asked(sandbox) >= calls, what="the first fetch")
    time.sleep(rng.random() * 0.2)
    workers.kill()
    sandbox.control("faults", clear=True)
    return Cursor.objects.filter(fetched_at__isnull=False).count() < 4


def landed(lake: Lake) -> tuple[set[str], set[str]]:
    limits = sink_writer.Limits(max_records=50_000, max_bytes=1 << 25)
    for topic in ("user_plays", "user_likes"):
        sink.drain_topic(topic, log=clients.event_log(), store=lake, limits=limits, now=NOON)
    return set(event_ids(lake, "plays")), set(event_ids(lake, "likes"))
