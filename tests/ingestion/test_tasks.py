"""Workers' tasks: one call of an activity each, safe to run twice, deaf to unknown keywords."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import Retry
from django.contrib.sessions.models import Session
from django.utils import timezone

from bench.harness.sandbox_client import MIRA, Sandbox
from ingestion import tasks
from ingestion.models import Run, Stage, Track
from ingestion.pipeline import builds, sink, transformation
from spotifyweb import clients, locks, signals
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.lake import open_lake
from tests.ingestion.conftest import ids
from tests.support.queues import waiting_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_lake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lake = open_lake(f"file://{tmp_path}/lake")
    monkeypatch.setattr(clients, "lake", lambda: lake)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What produce_listener and transform were asked to do, instead of a broker's delivery."""
    asked: list[dict[str, Any]] = []
    for task in (tasks.produce_listener, tasks.consume_all, tasks.transform):
        monkeypatch.setattr(
            task, "delay", lambda name=task.name, **kwargs: asked.append({"task": name, **kwargs})
        )
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda name=task.name, **options: asked.append({"task": name} | options),
        )
    return asked


def run(stage: str, *, minutes_ago: float, status: str = "succeeded", **counts: int) -> Run:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return Run.objects.create(stage=stage, status=status, started_at=at, ended_at=at, counts=counts)


def test_produce_sends_one_task_for_each_connected_listener(
    mira: Listener, theo: Listener, alice: Listener, sent: list[dict[str, Any]]
) -> None:
    Listener.objects.filter(pk=alice.pk).update(connection=Connection.NEEDS_LOGIN)
    tasks.produce(unknown="keyword of a later version")
    assert [task["kwargs"]["listener_pk"] for task in sent] == [mira.pk, theo.pk]
    assert {task["expires"] for task in sent} == {3600}


def test_fetching_twice_appends_the_same_events(mira: Listener) -> None:
    tasks.produce_listener(listener_pk=mira.pk)
    once = set(ids("user_plays"))
    tasks.produce_listener(listener_pk=mira.pk, later="keyword")
    assert set(ids("user_plays")) == once and len(once) == 50


def test_fetches_without_news_write_nothing_and_start_nothing(
    mira: Listener, noon: Sandbox, sent: list[dict[str, Any]]
) -> None:
    def counted() -> tuple[int, int, list[Any]]:
        catalogue = list(Track.objects.order_by("pk").values())
        return len(ids("user_plays")), len(ids("user_likes")), catalogue

    tasks.produce_listener(listener_pk=mira.pk)
    before = counted()
    for _ in range(8):
        tasks.produce_listener(listener_pk=mira.pk)
    assert counted() == before

    sink.drain_all(
        log=clients.event_log(),
        store=clients.lake(),
        limits=sink.scheduled_limits(),
        clock=timezone.now,
    )
    run(Stage.TRANSFORM, minutes_ago=-1)
    tasks.produce_listener(listener_pk=mira.pk)
    sent.clear()
    tasks.consume_all(at_once=True)
    assert sent == []


def test_what_may_pass_is_tried_again_five_minutes_later(mira: Listener, noon: Sandbox) -> None:
    noon.fault("bad_gateway", endpoint="recently-played", account_id=MIRA, count=1)
    with pytest.raises(Retry) as again:
        tasks.produce_listener.apply(kwargs={"listener_pk": mira.pk}, throw=True)
    assert again.value.when == tasks.RETRY_SECONDS
    assert tasks.produce_listener.max_retries == 3


def test_after_the_third_retry_a_task_ends_and_its_run_says_why(
    mira: Listener, noon: Sandbox
) -> None:
    noon.fault("bad_gateway", endpoint="recently-played", account_id=MIRA, count=1)
    tasks.produce_listener.apply(kwargs={"listener_pk": mira.pk}, retries=3, throw=True)
    failed = Run.objects.latest("pk")
    assert (failed.status, "502" in failed.error) == (Run.Status.FAILED, True)


def test_what_only_a_person_can_mend_is_not_tried_again(mira: Listener, noon: Sandbox) -> None:
    noon.control("consent", account_id=MIRA, how="revoked")
    noon.fault("unauthorized", endpoint="recently-played", account_id=MIRA)
    tasks.produce_listener(listener_pk=mira.pk)
    assert "NeedsLogin" in Run.objects.get().error


def test_a_listener_that_another_run_is_fetching_for_is_left_to_it(mira: Listener) -> None:
    with locks.lock(f"produce:{mira.pk}"):
        tasks.produce_listener(listener_pk=mira.pk)
    assert Run.objects.get().status == Run.Status.SKIPPED


def test_a_listener_who_is_gone_is_no_error() -> None:
    tasks.produce_listener(listener_pk=4711)
    assert not Run.objects.exists()


def test_what_landed_asks_for_a_build_once(mira: Listener, sent: list[dict[str, Any]]) -> None:
    tasks.produce_listener(listener_pk=mira.pk)
    tasks.consume_all()
    assert [task["task"] for task in sent] == ["ingestion.transform"]
    assert Run.objects.get(stage=Stage.CONSUME, subject="user_plays").counts["records"] == 50

    run(Stage.TRANSFORM, minutes_ago=0)
    tasks.consume_all()
    assert len(sent) == 1


def test_what_landed_before_a_drain_failed_is_built_too(
    mira: Listener, sent: list[dict[str, Any]], settings: Any
) -> None:
    settings.SINK_MAX_RECORDS = 55
    tasks.produce_listener(listener_pk=mira.pk)
    clients.event_log().append("user_plays", [(MIRA, b"no event")] * 60)
    tasks.consume_all()
    drain = Run.objects.get(stage=Stage.CONSUME, subject="user_plays")
    assert (drain.status, drain.counts["objects"]) == (Run.Status.FAILED, 1)
    assert [task["task"] for task in sent] == ["ingestion.transform"]


def test_what_landed_during_the_pause_is_built_after_it() -> None:
    now = timezone.now()
    run(Stage.TRANSFORM, minutes_ago=4)
    run(Stage.CONSUME, minutes_ago=3, objects=1)
    assert not builds.is_due(now=now)
    assert builds.is_due(now=now + timedelta(minutes=3))


def test_nothing_new_asks_for_nothing() -> None:
    run(Stage.CONSUME, minutes_ago=70, objects=1)
    run(Stage.TRANSFORM, minutes_ago=60)
    run(Stage.CONSUME, minutes_ago=5, objects=0)
    assert not builds.is_due(now=timezone.now())


def test_after_an_import_the_build_does_not_wait(
    mira: Listener, sent: list[dict[str, Any]]
) -> None:
    run(Stage.TRANSFORM, minutes_ago=1)
    tasks.produce_listener(listener_pk=mira.pk)
    tasks.consume_all(at_once=True)
    assert [task["task"] for task in sent] == ["ingestion.transform"]


def test_a_login_during_a_build_gets_one_of_its_own(
    mira: Listener, sent: list[dict[str, Any]]
) -> None:
    """The build that goes on began before her plays landed: she would wait for the next pause."""
    tasks.produce_listener(listener_pk=mira.pk)
    with locks.lock(transformation.LOCK):
        tasks.consume_all(at_once=True)
        with pytest.raises(Retry):
            tasks.transform.apply(kwargs={"since": sent[0]["since"]}, throw=True)
    landed = Run.objects.filter(stage=Stage.CONSUME).latest("started_at")
    assert sent[0]["since"] > landed.started_at.isoformat()


def test_a_build_after_an_erasure_waits_for_the_one_that_goes_on() -> None:
    """That one began with what was to be erased; any other build is left to it."""
    with locks.lock(transformation.LOCK):
        tasks.transform.apply(throw=True)
        with pytest.raises(Retry) as again:
            tasks.transform.apply(kwargs={"full_refresh": True}, throw=True)
    assert again.value.when == tasks.BUILD_RETRY_SECONDS
    assert tasks.transform.max_retries is None


def test_what_was_decided_during_a_build_gets_one_of_its_own() -> None:
    decided_at = timezone.now().isoformat()
    with locks.lock(transformation.LOCK), pytest.raises(Retry):
        tasks.transform.apply(kwargs={"since": decided_at}, throw=True)
    later = run(Stage.TRANSFORM, minutes_ago=-1)
    tasks.transform.apply(kwargs={"since": decided_at}, throw=True)
    assert Run.objects.filter(stage=Stage.TRANSFORM).first() == later  # and no other


def test_tidying_forgets_old_runs_and_metadata_that_nobody_renewed() -> None:
    now = timezone.now()
    run(Stage.CONSUME, minutes_ago=60 * 24 * 40)
    kept = run(Stage.CONSUME, minutes_ago=5)
    for days, track_id in ((200, "old"), (100, "to renew")):
        Track.objects.create(track_id=track_id, fetched_at=now - timedelta(days=days))

    tasks.tidy()

    assert set(Run.objects.exclude(stage=Stage.TIDY)) == {kept}
    assert Track.objects.get().track_id == "to renew"
    assert Run.objects.get(stage=Stage.TIDY).counts["runs"] == 1


def test_tidying_ends_sessions_that_are_over() -> None:
    now = timezone.now()
    for key, days in (("over", -1), ("good", 1)):
        Session.objects.create(session_key=key, expire_date=now + timedelta(days=days))

    tasks.tidy()

    assert Session.objects.get().session_key == "good"


def test_a_new_login_is_fetched_landed_and_built_at_once(
    mira: Listener, sent: list[dict[str, Any]]
) -> None:
    signals.listener_connected.send(sender=Listener, listener=mira)
    assert waiting_tasks() == ["ingestion.produce_listener"]

    tasks.produce_listener(listener_pk=mira.pk, at_once=True)
    assert sent == [{"task": "ingestion.consume_all", "at_once": True, "trigger": "login"}]

    signals.listener_connected.send(sender=Listener, listener=mira)  # logs in again a moment later
    assert waiting_tasks() == ["ingestion.produce_listener"]
