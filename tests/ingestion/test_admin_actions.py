"""The control room's actions: with the right to them only, and with an audit line each."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from ingestion import tasks
from ingestion.models import Run, Stage
from ingestion.pipeline import builds
from spotifyweb import clients, locks, periodic_tasks
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.warehouse import Build, WarehouseError
from tests.support.queues import waiting_tasks

pytestmark = pytest.mark.django_db
STATUS = "/admin/status/"


@pytest.fixture
def schedule() -> PeriodicTask:
    periodic_tasks.install()
    return PeriodicTask.objects.get(task=builds.TASK)


@pytest.fixture
def reader(bob: Listener) -> Listener:
    """A member of staff who may look and do nothing."""
    bob.is_staff = True
    bob.save()
    return bob


class TwoBuilds:
    """Two builds as a warehouse has them; the newer one is published."""

    def __init__(self) -> None:
        self.builds = ["20261129T120000Z-0002", "20261129T110000Z-0001"]
        self.current = self.builds[0]

    def available(self) -> list[str]:
        return self.builds

    def restore(self, build_id: str) -> None:
        if build_id not in self.builds:
            raise WarehouseError(f"the build {build_id} is not kept")
        self.current = build_id

    def published(self) -> Build:
        return Build(build_id=self.current, published_at=timezone.now())

    def rows(self, *_: Any) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> TwoBuilds:
    two = TwoBuilds()
    monkeypatch.setattr(clients, "builds", lambda: two)
    monkeypatch.setattr(clients, "warehouse", lambda: two)
    return two


def audited() -> list[tuple[str, str, str]]:
    found = LogEntry.objects.order_by("pk")
    return [(one.user.user_id, one.change_message, one.object_repr) for one in found]


@pytest.mark.parametrize("action", ["run", "pause", "publish", "lift", "alert"])
def test_staff_without_the_permission_cannot_act(
    client: Client, reader: Listener, action: str, schedule: PeriodicTask, two: TwoBuilds
) -> None:
    client.force_login(reader)
    order = {"stage": "consume", "task": schedule.pk, "build": two.builds[1], "scope": "every"}
    assert client.get(STATUS).status_code == 200
    assert client.post(f"{STATUS}{action}/", order).status_code == 403
    assert client.get(f"{STATUS}{action}/").status_code in (403, 405)
    assert audited() == [] and waiting_tasks() == []
    assert two.current == two.builds[0]


def test_a_permission_is_enough(client: Client, reader: Listener) -> None:
    reader.user_permissions.add(Permission.objects.get(codename="change_run"))
    client.force_login(reader)
    assert client.post(f"{STATUS}run/", {"stage": "consume"}).status_code == 302
    assert audited() == [("bob", "run now", "consume")]


def test_builds_are_paused_and_resumed(
    client: Client, alice: Listener, schedule: PeriodicTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, done = timezone.now(), list[str]()
    monkeypatch.setattr(builds, "run_transform", lambda *_, **__: done.append("built"))
    Run.objects.create(
        stage=Stage.CONSUME, status="succeeded", started_at=now, ended_at=now, counts={"objects": 1}
    )
    client.force_login(alice)
    page = client.post(f"{STATUS}pause/", {"task": schedule.pk, "to": "pause"}, follow=True)
    assert "Paused: build the warehouse" in page.text
    assert 'aria-label="Resume: build the warehouse"' in page.text
    assert not builds.is_due(now=now)
    tasks.transform()
    assert done == []
    tasks.transform(full_refresh=True)  # an erasure does not wait
    tasks.transform(trigger="person")
    assert len(done) == 2

    Run.objects.filter(stage=Stage.TRANSFORM).delete()
    client.post(f"{STATUS}pause/", {"task": schedule.pk, "to": "resume"})
    assert builds.is_due(now=now)
    assert [line[1] for line in audited()] == ["pause", "resume"]


def test_a_build_is_rolled_back_and_stays_until_builds_are_resumed(
    client: Client, alice: Listener, schedule: PeriodicTask, two: TwoBuilds
) -> None:
    client.force_login(alice)
    assert "Roll back to this build" in client.get(STATUS).text
    page = client.post(f"{STATUS}publish/", {"build": two.builds[1]}, follow=True)
    assert two.current == two.builds[1]
    assert "Builds are paused until you resume them" in page.text
    assert "Publish this build" in page.text
    schedule.refresh_from_db()
    assert not schedule.enabled
    assert audited() == [("alice", "publish", two.builds[1])]


def test_a_build_that_is_gone_or_goes_on_is_not_published(
    client: Client, alice: Listener, two: TwoBuilds, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(alice)
    assert "is not kept" in client.post(f"{STATUS}publish/", {"build": "no"}, follow=True).text
    monkeypatch.setattr("ingestion.admin_actions.RESTORE_SECONDS", 0)
    with locks.lock("transform"):
        page = client.post(f"{STATUS}publish/", {"build": two.builds[1]}, follow=True)
    assert "held by another run" in page.text
    assert audited() == [] and two.current == two.builds[0]


def test_a_failing_stage_is_retried(client: Client, alice: Listener) -> None:
    now = timezone.now()
    Run.objects.create(
        stage=Stage.CONSUME, subject="user_plays", status="failed", started_at=now, ended_at=now
    )
    client.force_login(alice)
    assert ">Retry<" in client.get(STATUS).text.replace("\n", "").replace(" ", "")


def test_consents_quota_machine_and_schedule_are_shown(
    client: Client, alice: Listener, schedule: PeriodicTask
) -> None:
    now = timezone.now()
    PeriodicTask.objects.filter(pk=schedule.pk).update(last_run_at=now)
    Listener.objects.create(
        user_id="dora",
        display_name="Dora",
        connection=Connection.CONNECTED,
        consented_at=now - timedelta(days=171, minutes=5),
    )
    client.force_login(alice)
    page = client.get(STATUS).text
    for shown in ("permission expires in 8 days", "300 for the catalogue", "memory", "disk"):
        assert shown in " ".join(page.split()), shown
    assert "5\xa0hours, 59\xa0minutes" in page


def test_times_are_in_the_admins_own_zone(client: Client, alice: Listener) -> None:
    alice.timezone = "Asia/Kolkata"
    alice.save()
    noon = timezone.now().replace(hour=6, minute=31)
    Run.objects.create(stage=Stage.TIDY, status="succeeded", started_at=noon, ended_at=noon)
    client.force_login(alice)
    assert "IST." in client.get(STATUS).text
    assert "12:01" in client.get("/admin/ingestion/run/").text
