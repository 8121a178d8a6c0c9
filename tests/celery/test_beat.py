"""Two beats of one install tick once, and one takes over where the other is gone."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler
from redis.exceptions import ConnectionError as NoConnection

from spotifyweb import clients, periodic_tasks
from spotifyweb.celery import app, beat, lease
from spotifyweb.celery.beat import Scheduler
from tests.support.queues import empty_queues, waiting_tasks

ROOT = Path(__file__).parents[2]
HASTE = """
from django_celery_beat.models import IntervalSchedule, PeriodicTask
each_second = IntervalSchedule.objects.create(every=1, period="seconds")
PeriodicTask.objects.filter(name="Poll players").update(interval=each_second)
"""
TASKS = {row.task for row in periodic_tasks.SCHEDULE.values()}


@pytest.fixture
def beats(transactional_db: None) -> tuple[Scheduler, Scheduler]:
    """Two schedulers, as two hosts have them; every task of the schedule is due."""
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(days=2))
    pair = Scheduler(app=app), Scheduler(app=app)
    for scheduler in pair:
        scheduler._finalize.cancel()  # at the exit of the process there is no database any more
    return pair


def tick(scheduler: Scheduler) -> None:
    """Tick until nothing more is due."""
    while scheduler.tick() == 0:
        pass


def test_of_two_beats_one_ticks(beats: tuple[Scheduler, Scheduler]) -> None:
    first, second = beats
    for _ in range(2):
        tick(first)
        tick(second)
    assert (first.is_leader, second.is_leader) == (True, False)
    assert Counter(waiting_tasks()) == Counter(TASKS)


def test_a_beat_with_nothing_to_send_renews_its_lease_every_five_seconds(
    beats: tuple[Scheduler, Scheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each renewal wakes Valkey, its writer to disk and this thread, on a small box at rest."""
    leader, _ = beats
    assert leader.lead()
    renewals: list[str] = []

    def hold(holder: str) -> bool:
        renewals.append(holder)
        return True

    monkeypatch.setattr(lease, "hold", hold)
    monkeypatch.setattr(DatabaseScheduler, "tick", lambda scheduler: 5.0)
    for _ in range(3):
        leader.tick()
    assert not renewals
    leader.led_at -= beat.RENEWAL_SECONDS
    leader.tick()
    assert renewals == [leader.holder]


def test_the_second_takes_over_and_repeats_nothing(
    beats: tuple[Scheduler, Scheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first was killed: the database has not heard of what it sent."""
    monkeypatch.setattr(lease, "SECONDS", 0.05)
    first, second = beats
    tick(second)  # it has read a schedule in which all was due
    first.lead()
    tick(first)
    empty_queues()
    time.sleep(0.1)
    tick(second)
    assert second.is_leader
    assert waiting_tasks() == []


def test_a_beat_that_was_paused_sends_nothing_when_it_goes_on(
    beats: tuple[Scheduler, Scheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = beats
    assert first.lead()
    entry = next(iter(first.schedule.values()))
    clients.redis_client().delete(lease.KEY)
    assert second.lead()
    first.apply_entry(entry)
    assert waiting_tasks() == []
    assert not first.is_leader


def test_a_lease_is_released_at_the_end_and_free_where_its_process_is_gone(
    beats: tuple[Scheduler, Scheduler],
) -> None:
    first, second = beats
    assert first.lead() and not second.lead()
    first.close()
    assert second.lead()
    ended = subprocess.Popen(["true"])
    ended.wait()
    host, _, rest = second.holder.rsplit("|", 2)
    clients.redis_client().set(lease.KEY, f"{host}|{ended.pid}|{rest}", px=60_000)
    assert first.lead()
    clients.redis_client().set(lease.KEY, f"elsewhere|{ended.pid}|{rest}", px=60_000)
    assert not first.lead()


def test_without_valkey_nobody_ticks_and_nothing_ends(
    beats: tuple[Scheduler, Scheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> bool:
        raise NoConnection("away")

    monkeypatch.setattr(lease, "hold", fail)
    assert beats[0].tick() == beat.STANDBY_SECONDS


def start(folder: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    folder.mkdir()
    command = ["celery", "-q", "-A", "spotifyweb", "beat", "--pidfile", ""]
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment | {"DATA_DIR": str(folder)},
        start_new_session=True,
    )


def sent_within(seconds: float) -> int:
    clients.redis_client().delete("now")
    time.sleep(seconds)
    return waiting_tasks("now").count("nowplaying.tick")


@pytest.mark.long
def test_two_processes_tick_once_through_a_kill_and_a_pause(tmp_path: Path) -> None:
    """Each on a DATA_DIR of its own; the tick of every second is counted."""
    url = f"sqlite:///{tmp_path}/db.sqlite3"
    environment = os.environ | {"DATABASE_URL": url}
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    subprocess.run([*manage, "shell", "-v0", "-c", HASTE], cwd=ROOT, env=environment, check=True)
    hosts = [start(tmp_path / f"host {number}", environment) for number in range(2)]
    try:
        deadline = time.monotonic() + 60
        while clients.redis_client().get(lease.KEY) is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert 8 <= sent_within(10) <= 11
        leader = next(host for host in hosts if f"|{host.pid}|".encode() in holder())
        leader.send_signal(signal.SIGSTOP)
        time.sleep(lease.SECONDS + beat.STANDBY_SECONDS + 1)
        leader.send_signal(signal.SIGCONT)
        assert 8 <= sent_within(10) <= 11
        leader = next(host for host in hosts if f"|{host.pid}|".encode() in holder())
        leader.kill()
        leader.wait()
        time.sleep(beat.STANDBY_SECONDS + 1)
        assert 8 <= sent_within(10) <= 11
    finally:
        for host in hosts:
            with suppress(ProcessLookupError):
                host.kill()
            host.wait()


def holder() -> bytes:
    found: Any = clients.redis_client().get(lease.KEY)
    return bytes(found or b"")
