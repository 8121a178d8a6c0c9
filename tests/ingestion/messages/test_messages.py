"""Messages: each once, to the address that its listener entered, and to nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import apprise
import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client

from ingestion import erasure
from ingestion.messages import addresses, delivery, notices
from ingestion.models import Gap, HistoryImport, MessageAddress, SentMessage
from ingestion.receivers import rotate_addresses
from spotifyweb import clients
from spotifyweb.accounts import token_store
from spotifyweb.accounts.models import Connection, Listener

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
PAGE = "/settings/messages/"
URL = "ntfys://alices-own-topic"
pytestmark = pytest.mark.django_db


class Service:
    """A message service as Apprise's plugin hands it over: the network is not ours to use."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.is_up = True

    def notify(self, *, title: str, body: str, notify_type: apprise.NotifyType) -> bool:
        if self.is_up:
            self.received.append((title, body))
        return self.is_up


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service()
    monkeypatch.setattr(addresses, "open_address", lambda _: (service, "ntfy"))
    return service


@pytest.fixture
def address(alice: Listener) -> MessageAddress:
    alice.connection, alice.consented_at = Connection.CONNECTED, NOON
    alice.timezone = "Europe/Oslo"
    alice.save()
    return MessageAddress.objects.create(
        listener=alice, encrypted=token_store.encrypt(URL), service="ntfy", created_at=NOON
    )


def titles(service: Service) -> list[str]:
    return [title for title, _ in service.received]


def test_an_address_is_stored_encrypted_and_never_shown_again(
    client: Client, alice: Listener
) -> None:
    client.force_login(alice)
    chosen = {"url": URL, "has_consent": "on"}
    assert client.post(PAGE, chosen).status_code == 302
    stored = MessageAddress.objects.get()
    assert (stored.listener, stored.service, stored.has_consent) == (alice, "ntfy", True)
    assert not stored.has_weekly
    assert token_store.decrypt(stored.encrypted) == URL
    with connection.cursor() as cursor:
        cursor.execute("select * from ingestion_messageaddress")
        assert b"alices-own-topic" not in repr(cursor.fetchall()).encode()
    assert "alices-own-topic" not in client.get(PAGE).content.decode()


def test_a_private_address_is_refused_with_its_reason(client: Client, alice: Listener) -> None:
    client.force_login(alice)
    answer = client.post(PAGE, {"url": "ntfys://127.0.0.1/topic"})
    assert answer.status_code == 400
    assert "not on the public internet" in answer.content.decode()
    assert not MessageAddress.objects.exists()


def test_kinds_change_without_entering_the_address_again(
    client: Client, address: MessageAddress
) -> None:
    client.force_login(address.listener)
    client.post(PAGE, {"has_gaps": "on"})
    address.refresh_from_db()
    assert (address.has_gaps, address.has_imports) == (True, False)
    assert token_store.decrypt(address.encrypted) == URL


def test_nobody_tests_or_removes_the_address_of_another(
    client: Client, address: MessageAddress, bob: Listener
) -> None:
    client.force_login(bob)
    assert client.post(f"{PAGE}test/").status_code == 404
    client.post(f"{PAGE}remove/")
    assert MessageAddress.objects.exists()
    client.force_login(address.listener)
    client.post(f"{PAGE}remove/")
    assert not MessageAddress.objects.exists()


def test_a_test_message_is_sent_on_request(
    client: Client, address: MessageAddress, service: Service
) -> None:
    client.force_login(address.listener)
    client.post(f"{PAGE}test/")
    assert titles(service) == ["Test message"]


def test_a_consent_is_reported_at_150_170_and_178_days_and_at_its_end(
    address: MessageAddress, service: Service
) -> None:
    for day in range(1, 180):
        delivery.send_due(now=NOON + timedelta(days=day, minutes=5))
    assert titles(service) == [
        f"Your Spotify permission expires in {days}." for days in ("29 days", "9 days", "1 day")
    ]
    assert "/login/" in service.received[0][1]

    Listener.objects.update(connection=Connection.NEEDS_LOGIN)
    for minute in range(3):
        delivery.send_due(now=NOON + timedelta(days=181, minutes=minute))
    assert titles(service)[3:] == ["Your Spotify permission has expired."]


def test_a_renewed_consent_begins_anew(address: MessageAddress, service: Service) -> None:
    delivery.send_due(now=NOON + timedelta(days=171))
    Listener.objects.update(consented_at=NOON + timedelta(days=172))
    delivery.send_due(now=NOON + timedelta(days=173))
    delivery.send_due(now=NOON + timedelta(days=172 + 151))
    assert len(service.received) == 2


def test_imports_and_gaps_are_reported_once(address: MessageAddress, service: Service) -> None:
    alice, now = address.listener, NOON + timedelta(hours=2)
    for hours, rows in ((-1, 1), (1, 1234)):  # one before there was an address
        HistoryImport.objects.create(
            listener=alice, status="done", rows=rows, ended_at=NOON + timedelta(hours=hours)
        )
    Gap.objects.create(
        listener=alice, starts_at=NOON - timedelta(hours=5), ends_at=now, reason="offline"
    )
    for minute in range(3):
        delivery.send_due(now=now + timedelta(minutes=minute))
    assert titles(service) == [
        "Your import is finished: 1,234 rows.",
        "Plays may be missing between 24 Nov 2026, 08:00 and 24 Nov 2026, 15:00.",
    ]


def test_mondays_bring_last_week(
    address: MessageAddress, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Warehouse:
        def rows(self, sql: str, params: list[Any]) -> list[dict[str, Any]]:
            assert [str(day) for day in params[1:]] == ["2026-11-23", "2026-11-30"]
            if sql == notices.WEEK:
                return [{"plays": 1234, "minutes": 3000.0}]
            return [{"artist_name": name} for name in ("Ada", None, "Bo")]

    monkeypatch.setattr(clients, "warehouse", Warehouse)
    for hour in range(72, 24 * 8):
        delivery.send_due(now=NOON + timedelta(hours=hour))
    assert service.received == [
        ("Last week: 1,234 plays, 50 h", "Top artists: Ada, Bo.\nhttp://127.0.0.1:8000/")
    ]


def test_what_was_not_delivered_is_sent_when_the_service_is_back(
    address: MessageAddress, service: Service
) -> None:
    now = NOON + timedelta(days=151)
    service.is_up = False
    delivery.send_due(now=now)
    service.is_up = True
    delivery.send_due(now=now + timedelta(minutes=5))
    assert service.received == []
    delivery.send_due(now=now + timedelta(minutes=65))
    assert len(service.received) == 1
    address.refresh_from_db()
    assert address.failed_at is None


def test_an_address_goes_with_its_listener(address: MessageAddress, service: Service) -> None:
    delivery.send_due(now=NOON + timedelta(days=151))
    assert SentMessage.objects.exists()
    erasure.PipelineData().erase_all("alice", address.listener, ())
    assert not MessageAddress.objects.exists() and not SentMessage.objects.exists()


def test_addresses_follow_a_new_key(address: MessageAddress, settings: Any) -> None:
    new = Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [new, *settings.TOKEN_KEYS]
    assert rotate_addresses() == 1
    settings.TOKEN_KEYS = [new]
    address.refresh_from_db()
    assert token_store.decrypt(address.encrypted) == URL
