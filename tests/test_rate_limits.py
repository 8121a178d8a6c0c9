"""Limits of logins, uploads, sockets and calls: by listener, or by address without a login."""

import re
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from spotifyweb import clients, env, rate_limits
from spotifyweb.accounts.models import Listener

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.django_db


def test_an_address_logs_in_so_often_and_another_is_not_held_up(
    client: Client, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": "2/hour"}
    assert client.post("/login/").status_code == 302
    assert client.get("/callback/").status_code == 400
    refused = client.post("/login/paste/", {"address": "x"})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert "Too many requests" in refused.text and "Try again in" in refused.text
    assert client.get("/login/").status_code == 200
    assert client.post("/login/", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_a_forwarded_address_that_anybody_can_write_makes_no_other_sender(
    client: Client, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": "1/hour"}
    answers = [
        client.post("/login/", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}").status_code for n in (1, 2)
    ]
    assert answers == [302, 429]


def test_all_addresses_of_an_ipv6_network_are_one_sender(client: Client, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": "1/hour"}
    senders = ["2001:db8:0:1::7", "2001:db8:0:1:a::8", "2001:db8:0:2::7"]
    senders += ["::ffff:192.0.2.1", "::ffff:192.0.2.2", "fe80::1%eth0", "", "unix:"]
    answers = [client.post("/login/", REMOTE_ADDR=sender).status_code for sender in senders]
    assert answers == [302, 429, *[302] * 6]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("/import/", "Too many uploads. Try"),
        ("/api/v1/imports", '{"detail":"Too many requests. Try'),
    ],
)
def test_a_listener_uploads_so_often(
    client: Client, alice: Listener, settings: Any, address: str, why: str
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "upload": "1/hour"}
    client.force_login(alice)
    for status in (400, 429):
        file = SimpleUploadedFile("notes.txt", b"no history")
        answer = client.post(address, {"other": file})
        assert answer.status_code == status
    assert why in answer.text
    assert 0 < int(answer["Retry-After"]) <= 3600


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 second"), (99, "99 seconds"), (100, "2 minutes"), (1437, "24 minutes"),
     (3600, "60 minutes"), (86_400, "24 hours")],
)  # fmt: skip
def test_a_wait_is_in_the_unit_that_people_count_in(seconds: float, words: str) -> None:
    assert rate_limits.retry_sentence(seconds) == f"Try again in {words}."


def test_without_redis_nobody_is_locked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(clients.redis_client(), "pipeline", away)
    assert rate_limits.wait_seconds("login", "address-127.0.0.1") == 0


def test_a_rate_is_one_or_is_refused() -> None:
    assert env.rate("API_RATE", "5/hour", environ={}) == "5/hour"
    with pytest.raises(ImproperlyConfigured, match="600/min"):
        env.rate("API_RATE", "5/hour", environ={"API_RATE": "many"})


def test_every_bench_sets_a_rate_that_the_settings_take() -> None:
    """Two benches did not start any more when rates were limited to nine digits."""
    set_in = re.compile(r'"API_RATE"\] = "([^"]+)"')
    benches = (ROOT / "bench").glob("*.py")
    rates = [rate for bench in benches for rate in set_in.findall(bench.read_text())]
    assert rates
    for rate in rates:
        assert env.rate("API_RATE", "1/min", environ={"API_RATE": rate}) == rate
