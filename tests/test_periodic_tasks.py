"""The schedule installs itself, and what an admin changed stays changed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from spotifyweb import periodic_tasks
from spotifyweb.celery import app, beat
from spotifyweb.management.commands.prepare import FORMER_QUEUE, requeue_former_tasks
from tests.support.queues import waiting_tasks

pytestmark = pytest.mark.django_db


def test_migrating_installed_every_row_of_the_table() -> None:
    installed = {task.name: task.task for task in PeriodicTask.objects.all()}
    assert installed == {name: row.task for name, row in periodic_tasks.SCHEDULE.items()}


def test_installing_again_adds_nothing() -> None:
    assert periodic_tasks.install() == []
    assert PeriodicTask.objects.count() == len(periodic_tasks.SCHEDULE)


def test_what_an_admin_changed_stays_and_the_rest_follows_the_table() -> None:
    task = PeriodicTask.objects.get(name="Fetch plays and likes")
    task.enabled = False
    task.interval = IntervalSchedule.objects.create(every=2, period=IntervalSchedule.HOURS)
    task.task = "an.old.name"
    task.save()

    periodic_tasks.install()

    task.refresh_from_db()
    assert (task.enabled, str(task.interval)) == (False, "every 2 hours")
    assert task.task == "ingestion.produce"


def test_rows_of_older_versions_are_renamed_with_what_an_admin_changed() -> None:
    PeriodicTask.objects.filter(name="Poll players").update(
        name="look at the players", enabled=False
    )

    assert periodic_tasks.install() == []
    assert not PeriodicTask.objects.get(name="Poll players").enabled

    PeriodicTask.objects.create(
        name="look at the players",
        task="nowplaying.tick",
        interval=IntervalSchedule.objects.first(),
    )
    periodic_tasks.install()
    assert PeriodicTask.objects.count() == len(periodic_tasks.SCHEDULE)


def test_every_scheduled_task_is_one_that_the_workers_know() -> None:
    app.loader.import_default_modules()
    assert {row.task for row in periodic_tasks.SCHEDULE.values()} <= set(app.tasks)


def test_every_task_has_a_queue_that_a_worker_is_told_to_read() -> None:
    app.loader.import_default_modules()
    routed = {name: app.amqp.router.route({}, name)["queue"].name for name in app.tasks}
    ours = {name: queue for name, queue in routed.items() if not name.startswith("celery.")}
    assert set(ours.values()) == set(settings.TASK_QUEUES)
    assert {name for name, queue in ours.items() if queue == "import"} == {
        "ingestion.import_history"
    }
    assert {queue for name, queue in ours.items() if name.startswith("accounts.")} == {"transform"}


def test_preparing_moves_tasks_out_of_the_queue_of_earlier_versions() -> None:
    for name in ("ingestion.produce", "ingestion.transform"):
        app.send_task(name, queue=FORMER_QUEUE)
    assert requeue_former_tasks() == 2
    assert waiting_tasks("ingest") == ["ingestion.produce", "ingestion.transform"]


def test_ticks_that_come_often_expire_before_the_next() -> None:
    often = [
        row for row in periodic_tasks.SCHEDULE.values() if row.every_seconds <= periodic_tasks.HOUR
    ]
    assert all((row.expires_seconds or 0) <= row.every_seconds for row in often)
    assert settings.CELERY_BEAT_SCHEDULER == "spotifyweb.celery.beat:Scheduler"


def test_a_last_run_in_the_future_holds_no_task_back() -> None:
    """As after a clock that was a day ahead is set back."""
    task = PeriodicTask.objects.get(name="Load events into the lake")
    task.last_run_at = datetime.now(UTC) + timedelta(days=1)
    is_due, next_seconds = beat.Entry(task, app=app).is_due()
    assert not is_due and 50 < next_seconds <= 60
