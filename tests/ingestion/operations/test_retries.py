"""A stage that fails is tried three times more, then it is red until something changes."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.harness.lakehouse import Lakehouse
from ingestion.models import Alert, Run, Stage
from ingestion.operations import retries, runs
from ingestion.pipeline import builds, dbt_runner, sink
from ingestion.pipeline.dbt_runner import Report
from spotifyweb import clients, locks
from spotifyweb.lake import LakeError, LocalLake

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lakehouse:
    """A house whose every build is red."""
    result = {"kind": "test", "name": "no_time_runs_backwards", "status": "fail", "seconds": 0.1}
    red = Report(models=1, failures=["a test is red"], results=[result], errors=["Got 3 results"])
    monkeypatch.setattr(dbt_runner, "build", lambda **_: red)
    return Lakehouse(folder=tmp_path)


def build(house: Lakehouse, *, now: datetime, **options: Any) -> Run:
    def work(run: Run) -> None:
        builds.run_transform(
            run,
            store=house.lake,
            builds=house.builds,
            folder=house.folder / "dbt",
            now=now,
            only_with_news=True,
            **options,
        )

    return runs.run_safely(Stage.TRANSFORM, "", work, now=now)


def minutes(start: int, end: int) -> Iterator[datetime]:
    return (NOON + timedelta(minutes=minute) for minute in range(start, end))


def attempts(house: Lakehouse) -> list[datetime]:
    """Ask every minute whether a build is due, as the drains do, and build where it is."""
    build(house, now=NOON)
    for now in minutes(1, 12 * 60):
        if builds.is_due(now=now):
            build(house, now=now)
    failed = Run.objects.filter(status=Run.Status.FAILED).order_by("started_at")
    return list(failed.values_list("started_at", flat=True))


def test_a_red_build_is_tried_three_times_more_and_then_waits(house: Lakehouse) -> None:
    begun = attempts(house)
    assert len(begun) == 4
    assert all(later - one >= retries.PAUSE for one, later in itertools.pairwise(begun))
    assert build(house, now=NOON + timedelta(hours=6)).status == Run.Status.SKIPPED


def test_what_landed_after_the_failure_is_tried_again(house: Lakehouse) -> None:
    attempts(house)
    house.land("plays", [], at=NOON)
    now = NOON + timedelta(hours=12)
    Run.objects.create(
        stage=Stage.CONSUME, status="succeeded", started_at=now, ended_at=now, counts={"objects": 1}
    )
    assert builds.is_due(now=now)
    assert build(house, now=now).status == Run.Status.FAILED


def test_other_settings_are_tried_again(house: Lakehouse, settings: Any) -> None:
    attempts(house)
    settings.TRANSFORM_MEMORY_MB += 100
    assert builds.is_due(now=NOON + timedelta(hours=12))


def test_other_code_is_tried_again(house: Lakehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts(house)
    monkeypatch.setattr(retries, "code_digest", lambda: "a fix")
    assert builds.is_due(now=NOON + timedelta(hours=12))


def test_a_persons_retry_is_always_tried(house: Lakehouse) -> None:
    attempts(house)
    retried = build(house, now=NOON + timedelta(hours=6), is_forced=True)
    assert retried.status == Run.Status.FAILED


def test_a_red_build_keeps_what_dbt_said_and_what_to_do(house: Lakehouse) -> None:
    red = build(house, now=NOON)
    assert red.details["log"] == "Got 3 results"
    assert [result["name"] for result in red.details["dbt"]] == ["no_time_runs_backwards"]
    assert red.build_id and "last good build stays" in red.hint


def test_a_build_whose_dbt_was_killed_is_reported_when_it_is_killed_again(
    house: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Report(failures=["dbt ended with -9"], is_killed=True)
    monkeypatch.setattr(dbt_runner, "build", lambda **_: dead)
    killed = build(house, now=NOON)
    assert killed.is_transient and "memory ran out" in killed.hint
    assert not Alert.objects.exists()
    build(house, now=NOON + retries.PAUSE)
    assert Alert.objects.get().is_firing


class FullLake(LocalLake):
    """A lake without room."""

    def put(self, key: str, data: bytes) -> None:
        raise LakeError(f"no room for {key}")


def drain(store: LocalLake, *, now: datetime) -> list[Run]:
    return sink.drain_all(
        log=clients.event_log(),
        store=store,
        limits=sink.scheduled_limits(),
        clock=lambda: now,
    )


def drained(store: LocalLake, *, until: int) -> int:
    """Return how many of a minute's drains failed."""
    done = [run for now in minutes(0, until) for run in drain(store, now=now)]
    return sum(run.status == Run.Status.FAILED for run in done)


def test_a_full_lake_is_tried_three_times_more_and_then_hourly(tmp_path: Path) -> None:
    clients.event_log().append("user_plays", [("alice", b"no event")])
    assert drained(FullLake(tmp_path), until=30) == 4
    assert drained(FullLake(tmp_path), until=30) == 0
    room = NOON + timedelta(minutes=80)
    landed = {run.subject: run for run in drain(LocalLake(tmp_path), now=room)}
    assert landed["user_plays"].status == Run.Status.SUCCEEDED
    assert landed["user_plays"].details["offsets"].keys() == {0}


def test_new_records_after_the_failure_are_tried_at_once(tmp_path: Path) -> None:
    clients.event_log().append("user_plays", [("alice", b"no event")])
    drained(FullLake(tmp_path), until=30)
    clients.event_log().append("user_plays", [("alice", b"no event either")])
    landed = {
        run.subject: run for run in drain(LocalLake(tmp_path), now=NOON + timedelta(minutes=31))
    }
    assert landed["user_plays"].counts["rejects"] == 2


def test_a_killed_run_is_taken_over_at_once_and_hourly_after_three_more() -> None:
    for attempt in range(4):
        Run.objects.create(stage=Stage.CONSUME, subject="user_plays", started_at=NOON)
        now = NOON + timedelta(minutes=2 + attempt)
        runs.fail_dead_runs(Stage.CONSUME, now=now)
        due = retries.is_due(Stage.CONSUME, "user_plays", lambda: "its lag", now=now)
        assert due == (attempt < 3)
    later = now + timedelta(hours=1)
    assert retries.is_due(Stage.CONSUME, "user_plays", lambda: "its lag", now=later)


def test_a_build_asks_for_no_other_while_it_goes_on() -> None:
    with runs.recording(Stage.TRANSFORM, now=NOON):
        assert not builds.is_due(now=NOON + timedelta(hours=1))
    assert not locks.is_held("transform")


def test_a_clock_that_was_a_day_ahead_stops_no_stage() -> None:
    ahead = NOON + timedelta(days=1)
    for stage in (Stage.CONSUME, Stage.TRANSFORM):
        Run.objects.create(
            stage=stage, started_at=ahead, ended_at=ahead, status=Run.Status.FAILED, error="late"
        )
    assert retries.is_due(Stage.CONSUME, "", lambda: "its lag", now=NOON)
    for stage in (Stage.TRANSFORM, Stage.CONSUME):
        with runs.recording(stage, now=NOON) as run:
            run.counts["objects"] = 1
    assert retries.failures(Stage.CONSUME) == []
    assert builds.is_due(now=NOON + timedelta(hours=1))
