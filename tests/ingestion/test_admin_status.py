"""The status page: what it shows of listeners, machine and schedule, also with many listeners."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from ingestion.models import Cursor, Run, Stage
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener, Token

pytestmark = pytest.mark.django_db
STATUS = "/admin/status/"


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


def test_the_page_stays_small_with_many_listeners(
    client: Client, alice: Listener, django_assert_max_num_queries: Any
) -> None:
    """An hour without Spotify concerns each of them, in each list of the page."""
    now = timezone.now()
    for state in (Connection.CONNECTED, Connection.NEEDS_LOGIN):
        Listener.objects.bulk_create(
            Listener(user_id=f"{state}-{n}", connection=state, consented_at=now) for n in range(40)
        )
    listeners = Listener.objects.filter(connection=Connection.CONNECTED, user_id__startswith="c")
    Cursor.objects.bulk_create(
        Cursor(listener=each, stream="likes", error="no answer") for each in listeners
    )
    Token.objects.bulk_create(
        Token(listener=each, scope="", expires_at=now, refreshed_at=now) for each in listeners
    )
    quota = clients.spotify_quota()
    key = quota._listeners_key(quota.clock())
    quota.redis.hset(key, mapping={each.user_id: 6_000 for each in listeners})

    client.force_login(alice)
    with django_assert_max_num_queries(80):
        page = " ".join(client.get(STATUS).text.split())
    assert page.count("10 of 40 are shown.") == 3
    assert page.count("permission expires in") == 10
    assert "?connection__exact=needs_login" in page


def test_times_are_in_the_admins_own_zone(client: Client, alice: Listener) -> None:
    alice.timezone = "Asia/Kolkata"
    alice.save()
    noon = timezone.now().replace(hour=6, minute=31)
    run = Run.objects.create(stage=Stage.TIDY, status="succeeded", started_at=noon, ended_at=noon)
    client.force_login(alice)
    assert "IST." in client.get(STATUS).text
    assert "12:01" in client.get("/admin/ingestion/run/").text
    assert (
        f"tidy {noon:%Y-%m-%d} 12:01:" in client.get(f"/admin/ingestion/run/{run.pk}/change/").text
    )
