"""The control room's actions: with the right to them only, and with an audit line each."""

import re
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from ingestion import tasks
from ingestion.models import Run, Stage
from ingestion.pipeline import builds
from spotifyweb import clients, locks
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener, Token
from spotifyweb.spotify.oauth import Grant
from spotifyweb.warehouse import Build, WarehouseError
from tests.support.queues import waiting_tasks

pytestmark = pytest.mark.django_db
STATUS = "/admin/status/"
YES = {"confirmed": "1"}


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


@pytest.mark.parametrize(
    "action", ["run", "pause", "resume", "publish", "lift", "alert", "keys", "replay"]
)
def test_staff_without_the_permission_cannot_act(
    client: Client, reader: Listener, action: str, schedule: PeriodicTask, two: TwoBuilds
) -> None:
    client.force_login(reader)
    order = {
        "stage": "consume",
        "task": schedule.pk,
        "build": two.builds[1],
        "scope": "every",
        "at": "2026-11-28T10:00Z",
        "confirmed": "1",
    }
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
    page = client.post(f"{STATUS}pause/", {"task": schedule.pk}, follow=True)
    assert "Paused: Build the warehouse" in page.text
    assert 'aria-label="Resume: Build the warehouse"' in page.text
    assert not builds.is_due(now=now)
    tasks.transform()
    assert done == []
    tasks.transform(full_refresh=True)  # an erasure does not wait
    tasks.transform(trigger="person")
    assert len(done) == 2

    Run.objects.filter(stage=Stage.TRANSFORM).delete()
    client.post(f"{STATUS}resume/", {"task": schedule.pk})
    assert builds.is_due(now=now)
    assert [line[1] for line in audited()] == ["pause", "resume"]


def test_a_build_is_rolled_back_and_stays_until_builds_are_resumed(
    client: Client, alice: Listener, schedule: PeriodicTask, two: TwoBuilds
) -> None:
    client.force_login(alice)
    assert "Roll back to this build" in client.get(STATUS).text
    question = client.post(f"{STATUS}publish/", {"build": two.builds[1]})
    assert "Publish build" in question.text and two.current == two.builds[0]
    page = client.post(f"{STATUS}publish/", {"build": two.builds[1]} | YES, follow=True)
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
    assert (
        "is not kept" in client.post(f"{STATUS}publish/", {"build": "no"} | YES, follow=True).text
    )
    monkeypatch.setattr("ingestion.admin_actions.RESTORE_SECONDS", 0)
    with locks.lock("transform"):
        page = client.post(f"{STATUS}publish/", {"build": two.builds[1]} | YES, follow=True)
    assert "held by another run" in page.text
    assert audited() == [] and two.current == two.builds[0]


def test_a_build_cannot_be_published_while_another_goes_on(
    client: Client, alice: Listener, two: TwoBuilds
) -> None:
    client.force_login(alice)
    button = re.compile(r'class="status-quiet"\s*(\w*)[^>]*>Roll back')
    assert button.findall(client.get(STATUS).text) == [""]
    Run.objects.create(stage=Stage.REBUILD, started_at=timezone.now())
    assert button.findall(client.get(STATUS).text) == ["disabled"]


def test_keys_are_rotated_and_shown_to_nobody(
    client: Client, alice: Listener, settings: Any
) -> None:
    client.force_login(alice)
    assert "Re-encrypt" not in client.get(STATUS).text
    now, new, old = timezone.now(), Fernet.generate_key().decode(), settings.TOKEN_KEYS
    grant = Grant(access_token="one", refresh_token="two", scope="", expires_in_seconds=9)
    tokens.store(alice, grant, now=now)
    settings.TOKEN_KEYS = [new, *old]
    page = client.get(STATUS).text
    assert "Re-encrypt" in page and new not in page
    page = client.post(f"{STATUS}keys/", follow=True).text
    assert "Encrypt everything" in page and audited() == []
    page = client.post(f"{STATUS}keys/", YES, follow=True).text
    assert "encrypted with the first key: 1" in page and new not in page
    settings.TOKEN_KEYS = [new]
    assert tokens.access_token_of(Token.objects.get()) == "one"
    assert audited() == [("alice", "rotate keys", "TOKEN_KEYS")]


def test_rotating_without_the_old_key_says_what_to_do(
    client: Client, alice: Listener, settings: Any
) -> None:
    grant = Grant(access_token="one", refresh_token="two", scope="", expires_in_seconds=9)
    tokens.store(alice, grant, now=timezone.now())
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    client.force_login(alice)
    assert "Put the old key back" in client.post(f"{STATUS}keys/", YES, follow=True).text
    assert audited() == []


def test_a_replay_is_asked_for_checked_confirmed_and_queued(
    client: Client, alice: Listener, settings: Any
) -> None:
    client.force_login(alice)
    assert "A replay needs Kafka" in client.get(f"{STATUS}replay/").text
    assert f"{STATUS}replay/" not in client.get(STATUS).text
    settings.EVENT_LOG_URL = "kafka://localhost:9092"
    assert "Replay…" in client.get(f"{STATUS}replay/").text
    assert "neither an offset nor a time" in client.post(f"{STATUS}replay/", {"at": "noon"}).text
    assert "neither an offset nor" in client.post(f"{STATUS}replay/", {"at": "2026-02-30"}).text
    assert "An offset needs a topic" in client.post(f"{STATUS}replay/", {"at": "4711"}).text
    order = {"topic": "user_plays", "at": "4711", "partition": "2"}
    page = client.post(f"{STATUS}replay/", order).text
    assert "Replay user_plays from 4711, partition 2?" in page
    assert waiting_tasks() == []
    settings.EVENT_LOG_URL = "redis://"  # where the page that follows may ask
    page = client.post(f"{STATUS}replay/", order | YES, follow=True).text
    assert "Queued: ingestion.replay" in page
    assert waiting_tasks("ingest") == ["ingestion.replay"]
    assert audited() == [("alice", "replay", "user_plays from 4711, partition 2")]


def test_a_failing_stage_is_retried(client: Client, alice: Listener) -> None:
    now = timezone.now()
    Run.objects.create(
        stage=Stage.CONSUME, subject="user_plays", status="failed", started_at=now, ended_at=now
    )
    client.force_login(alice)
    assert ">Retry<" in client.get(STATUS).text.replace("\n", "").replace(" ", "")


def test_the_form_of_a_periodic_task_says_its_schedule_in_words(
    client: Client, alice: Listener, schedule: PeriodicTask
) -> None:
    client.force_login(alice)
    address = f"/admin/django_celery_beat/periodictask/{schedule.pk}/change/"
    page = client.get(address).text
    assert "Translation:" not in page
    assert '<div class="readonly">None</div>' not in page
    schedule.interval, schedule.crontab = None, CrontabSchedule.objects.create(minute="0", hour="4")
    schedule.save()
    assert "At 04:00" in client.get(address).text
