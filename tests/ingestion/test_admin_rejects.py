"""Rejects are requeued, edited and dropped in the admin, with a trace of who did it."""

import orjson
import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client

from ingestion.models import Reject
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from tests.faults.draining import plays
from tests.support.lake_rows import event_ids

pytestmark = pytest.mark.django_db
(PLAY,) = plays(1)
LIST = "/admin/ingestion/reject/"
YES = {"confirmed": "1"}


@pytest.fixture
def reject(db: None) -> Reject:
    """A play with a field that nobody knows, as the sink set it aside."""
    record = orjson.dumps(PLAY.to_json() | {"mood": "<calm>"})
    clients.event_log().append("user_plays", [(PLAY.user_id, record)])
    call_command("consume", "--topic", "user_plays")
    return Reject.objects.get()


@pytest.fixture
def admin(client: Client, alice: Listener) -> Client:
    client.force_login(alice)
    return client


def page_of(reject: Reject) -> str:
    return f"{LIST}{reject.pk}/resolve/"


def test_a_record_is_corrected_and_lands(admin: Client, reject: Reject) -> None:
    assert "1 reject to resolve" in " ".join(admin.get("/admin/status/").text.split())
    shown = admin.get(page_of(reject)).text
    assert "unknown fields" in shown and "&lt;calm&gt;" in shown
    assert page_of(reject) in admin.get(f"{LIST}{reject.pk}/change/").text

    corrected = {"action": "edit", "value": orjson.dumps(PLAY.to_json()).decode()}
    page = admin.post(page_of(reject), corrected, follow=True)
    assert "Rejects edited: 1." in page.text
    assert "to resolve" not in admin.get("/admin/status/").text

    call_command("consume", "--topic", "user_plays")
    assert event_ids(clients.lake(), "plays") == [PLAY.event_id]
    assert f"edit {PLAY.event_id}" in admin.get(f"{LIST}{reject.pk}/history/").text
    assert "Requeue as" not in admin.get(page_of(reject)).text


def test_what_is_still_no_event_is_kept_with_its_text(admin: Client, reject: Reject) -> None:
    page = admin.post(page_of(reject), {"action": "edit", "value": "{typed"})
    assert "still no event" in page.text and "{typed" in page.text
    assert "still no event" in admin.post(page_of(reject), {"action": "requeue"}).text
    assert Reject.objects.get().resolution == "" and not LogEntry.objects.exists()


def test_a_drop_is_confirmed_and_happens_once(admin: Client, reject: Reject) -> None:
    chosen = {"action": "drop", "_selected_action": [str(reject.pk)]}
    assert "Drop 1 reject?" in admin.post(LIST, chosen).text
    assert "Drop 1 reject?" in admin.post(page_of(reject), {"action": "drop"}).text
    assert Reject.objects.get().resolution == ""
    assert "Rejects dropped: 1." in admin.post(LIST, chosen | YES, follow=True).text
    page = admin.post(page_of(reject), {"action": "requeue"}, follow=True)
    assert "still no event" in page.text or "it was dropped" in page.text
    assert [one.change_message for one in LogEntry.objects.all()] == ["drop"]
    assert str(reject) not in admin.get(f"{LIST}?resolution=open").text


def test_staff_without_the_permission_only_look(
    client: Client, bob: Listener, reject: Reject
) -> None:
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    assert client.get(page_of(reject)).status_code == 403
    assert client.post(page_of(reject), {"action": "drop"} | YES).status_code == 403
    chosen = {"action": "drop", "_selected_action": [str(reject.pk)]}
    client.post(LIST, chosen | YES)
    assert Reject.objects.get().resolution == ""
