"""Listeners' addresses reach a few services on the public internet, and nothing else."""

import socket
from typing import Any

import pytest

from ingestion.messages import addresses
from ingestion.messages.addresses import AddressRefused

PUBLIC = [
    ("ntfys://my-topic", "ntfy"),
    ("ntfys://1.1.1.1/topic", "ntfy"),
    ("https://ntfy.sh/my-topic", "ntfy"),
    ("gotifys://1.1.1.1/Atoken12345678", "Gotify"),
    ("pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Pushover"),
    ("tgram://123456789:abcdefg_hijklmnop/12315544/", "Telegram"),
    ("discord://1234567890/abcdefghijklmnop", "Discord"),
    ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "Slack"),
    ("mailtos://me:secret@example.org?smtp=1.1.1.1", "E-mail"),
]
PRIVATE = [
    "ntfys://127.0.0.1/topic",
    "ntfys://10.0.0.1/topic",
    "ntfys://169.254.169.254/latest",
    "ntfys://[::1]/topic",
    "ntfys://[::ffff:127.0.0.1]/topic",
    "ntfys://0.0.0.0/topic",
    "ntfys://2130706433/topic",
    "ntfys://100.64.0.1/topic",
    "gotifys://192.168.1.10/Atoken12345678",
    "gotifys://localhost/Atoken12345678",
    "mailtos://me:secret@gmail.com?smtp=127.0.0.1",
    "mailtos://me:secret@localhost",
]
REFUSED = [
    "ntfy://1.1.1.1/topic",
    "gotify://1.1.1.1/Atoken12345678",
    "json://1.1.1.1/",
    "file:///etc/passwd",
    "syslog://",
    "windows://",
    "dbus://",
    "ntfys://topic?attach=/etc/passwd",
    "mailtos://me:secret@gmail.com?redirect=yes",
    "https://example.org/hook",
    "no address",
    "",
]


@pytest.mark.parametrize(("url", "service"), PUBLIC)
def test_services_of_the_public_internet_can_be_entered(url: str, service: str) -> None:
    plugin, name = addresses.open_address(url)
    assert name == service
    assert plugin.redirects is False  # a public host may not send us on to a private one


@pytest.mark.parametrize("url", [*PRIVATE, *REFUSED])
def test_private_hosts_and_other_services_cannot_be_entered(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        addresses.open_address(url)
    assert "secret" not in str(refused.value) and "topic" not in str(refused.value)


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any) -> list[Any]:
        return [(0, 0, 0, "", (ip, 0)) for ip in ("1.1.1.1", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(AddressRefused, match="public internet"):
        addresses.open_address("ntfys://rebound.example/topic")


@pytest.mark.parametrize("ip", ["64:ff9b::a00:1", "2002:a00:1::", "224.0.0.1", "fe80::1%eth0"])
def test_addresses_that_lead_inside_in_disguise_are_not_public(ip: str) -> None:
    assert not addresses.is_public(ip)
