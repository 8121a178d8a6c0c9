"""Runs are recorded whatever happens, and a killed one does not stay "running" for ever."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.db import connection
from django.db.models.signals import post_save

from bench.harness.processes import PATIENCE_SECONDS
from ingestion.models import Run, Stage
from ingestion.operations import alerts, runs, status
from spotifyweb import clients, locks

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_a_run_that_works_keeps_its_counts_and_its_length() -> None:
    with runs.recording(Stage.PRODUCE, "alice", now=NOON) as run:
        assert Run.objects.get().status == Run.Status.RUNNING
        run.counts["plays"] = 7

    kept = Run.objects.get()
    assert (kept.status, kept.counts, kept.error) == ("succeeded", {"plays": 7}, "")
    assert kept.ended_at is not None and NOON <= kept.ended_at < NOON + timedelta(seconds=5)


def test_a_run_that_fails_says_why_keeps_what_it_had_counted_and_raises() -> None:
    with (
        pytest.raises(KeyError, match="played_at"),
        runs.recording(Stage.PRODUCE, now=NOON) as run,
    ):
        run.counts["plays"] = 3
        raise KeyError("played_at")

    kept = Run.objects.get()
    assert (kept.status, kept.counts, kept.error) == (
        "failed",
        {"plays": 3},
        "KeyError: 'played_at'",
    )


def test_a_run_whose_locks_cannot_be_reached_fails_and_the_loop_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    monkeypatch.setattr(clients, "redis_client", lambda: away)
    run = runs.run_safely(Stage.CONSUME, "plays", lambda run: pytest.fail("works"), now=NOON)
    assert (run.status, Run.objects.get().status) == ("failed", "failed")
    assert "ConnectionError" in run.error


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(-241)])
def test_being_asked_to_stop_is_no_failure_and_alerts_nobody(
    stop: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "send", lambda *_, **__: pytest.fail("sent"))
    with pytest.raises(type(stop)), runs.recording(Stage.TRANSFORM, now=NOON):
        raise stop

    kept = Run.objects.get()
    assert (kept.status, kept.error) == ("interrupted", "was asked to stop")
    assert status.stage_state(Stage.TRANSFORM, now=NOON).failed is None


def test_finding_the_stage_held_by_another_run_is_a_skip_and_no_failure() -> None:
    with locks.lock("transform"), pytest.raises(locks.LockHeld):  # noqa: SIM117
        with runs.recording(Stage.TRANSFORM, now=NOON), locks.lock("transform"):
            pytest.fail("two at once")

    assert Run.objects.get().status == Run.Status.SKIPPED


def test_a_run_whose_process_was_killed_is_buried_by_the_next_one() -> None:
    killed = Run.objects.create(stage=Stage.CONSUME, subject="user_plays", started_at=NOON)

    with runs.recording(Stage.CONSUME, "user_likes", now=NOON + timedelta(minutes=2)):
        pass

    killed.refresh_from_db()
    assert (killed.status, killed.error) == ("failed", "was killed")


def test_runs_without_news_that_end_on_two_hosts_at_once_are_counted_in_one_row() -> None:
    """The other host's run counts this one before this one can count."""
    ended: list[Run] = []

    def end_on_the_other_host(instance: Run, **_: object) -> None:
        if instance.ended_at and not ended:
            ended.append(instance)
            with runs.recording(Stage.CONSUME, "plays", now=NOON):
                pass

    post_save.connect(end_on_the_other_host, sender=Run)
    try:
        with runs.recording(Stage.CONSUME, "plays", now=NOON):
            pass
    finally:
        post_save.disconnect(end_on_the_other_host, sender=Run)
    kept = Run.objects.get()
    assert (kept.status, kept.repeats) == (Run.Status.SUCCEEDED, 2)


def test_a_run_that_is_still_alive_is_left_alone() -> None:
    with runs.recording(Stage.CONSUME, "user_plays", now=NOON) as long:
        assert runs.fail_dead_runs(Stage.CONSUME, now=NOON + timedelta(hours=3)) == 0
        long.counts["records"] = 1
    assert Run.objects.get().status == Run.Status.SUCCEEDED


def test_only_one_holds_a_lock_and_the_token_grows() -> None:
    with locks.lock("sink") as first:
        with pytest.raises(locks.LockHeld, match="sink"), locks.lock("sink"):
            pytest.fail("two at once")
        first.check()
    with locks.lock("sink") as second:
        assert second.token > first.token
        with pytest.raises(locks.LockLost):
            first.check()


@pytest.mark.slow
def test_a_lock_outlives_its_seconds_while_its_holder_lives() -> None:
    with locks.lock("sink", 4) as lock:  # renewed three times as often
        time.sleep(4.2)
        lock.check()


@pytest.mark.slow
def test_the_lock_of_a_killed_process_runs_out() -> None:
    code = (
        "import django; django.setup()\n"
        "from spotifyweb import locks\n"
        "with locks.lock('sink', 3):\n"
        "    print('held', flush=True); import time; time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "spotifyweb.settings"},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert locks.is_held("sink")
    holder.kill()
    holder.communicate()

    with locks.lock("sink", wait_seconds=PATIENCE_SECONDS):
        pass


def test_running_runs_are_found_by_an_index_of_their_own() -> None:
    running = Run.objects.filter(stage=Stage.TRANSFORM, status=Run.Status.RUNNING)
    plan = running.filter(started_at__lt=NOON).order_by().explain()
    if connection.vendor == "sqlite":  # Postgres reads tables as small as this one whole
        assert "running_runs" in plan, plan
