"""What probes are told: enough to act upon, nothing about the inside."""

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone

from ingestion.models import Run, Stage
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.celery import heartbeats
from spotifyweb.monitoring import health, probes

pytestmark = pytest.mark.django_db


HERE: dict[str, Any] = {"headers": {"host": "127.0.0.1:8000"}}  # whoever runs this instance


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    health._last_report.clear()


@pytest.fixture
def alive() -> None:
    now = timezone.now()
    heartbeats.record("main@here", now=now)
    heartbeats.record(heartbeats.BEAT, now=now - timedelta(seconds=4))


def without_valkey(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    monkeypatch.setattr(clients, "redis_client", lambda: dead)


def test_all_is_well(client: Client, alive: None) -> None:
    answer = client.get("/health", **HERE)

    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "healthy"
    assert set(body["checks"]) == {
        "database",
        "redis",
        "log",
        "lake",
        "warehouse",
        "worker",
        "beat",
    }
    assert body["ages_seconds"]["beat"] >= 4
    assert "redis://" not in answer.text


def test_without_workers_pages_still_work_and_health_says_degraded(client: Client) -> None:
    answer = client.get("/health", **HERE)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["worker"]["status"] == "failing"
    assert client.get("/ready").status_code == 200


def test_strangers_learn_whether_it_is_well_and_no_more(
    client: Client, alice: Listener, bob: Listener
) -> None:
    assert client.get("/health").json() == {"status": "degraded"}
    client.force_login(bob)
    assert client.get("/health").json() == {"status": "degraded"}
    client.force_login(alice)
    assert "worker" in client.get("/health").json()["checks"]


def test_however_often_it_is_asked_the_engines_are_asked_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/health")
    monkeypatch.setattr(probes, "probe_all", lambda **_: pytest.fail("asked again"))
    now = next(iter(health._last_report.values()))[0]
    assert health.health_report(now=now + timedelta(seconds=1))["status"] == "degraded"


def test_a_worker_that_fell_silent_is_not_alive() -> None:
    now = timezone.now()
    heartbeats.record("main@here", now=now - timedelta(minutes=2))
    assert not probes.probe("worker", now=now).is_well


def test_without_valkey_it_is_down_and_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_valkey(monkeypatch)
    assert client.get("/health").status_code == 503
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["redis"])


def test_metrics_are_for_this_machine_admins_and_the_token(
    client: Client, alice: Listener, bob: Listener, settings: Any
) -> None:
    settings.METRICS_TOKEN = "measure"
    settings.ALLOWED_HOSTS = ["music.example", "127.0.0.1", "testserver"]
    far: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9", "headers": {"host": "music.example"}}

    assert client.get("/metrics", headers={"host": "127.0.0.1:8000"}).status_code == 200
    assert client.get("/metrics", **far).status_code == 401
    assert client.get("/metrics", headers={"host": "music.example"}).status_code == 401
    proxied = {"host": "127.0.0.1:8000", "x-forwarded-for": "203.0.113.9"}
    assert client.get("/metrics", headers=proxied).status_code == 401
    token = {"host": "music.example", "authorization": "Bearer measure"}
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers=token).status_code == 200
    client.force_login(bob)
    assert client.get("/metrics", **far).status_code == 401
    client.force_login(alice)
    assert client.get("/metrics", **far).status_code == 200


def test_metrics_count_runs_lag_and_listeners(client: Client, alice: Listener) -> None:
    now = timezone.now()
    Run.objects.create(stage=Stage.CONSUME, status="failed", started_at=now, ended_at=now)
    clients.event_log().append("user_plays", [("alice", b"{}")])
    counts = {"records": 778, "repetitions": {"offset expired": 778}}
    Run.objects.create(stage=Stage.CONSUME, subject="user_likes", started_at=now, counts=counts)
    client.force_login(alice)

    text = client.get("/metrics").text

    assert 'pipeline_runs_last_day{stage="consume",status="failed"} 1.0' in text
    assert 'log_lag_records{topic="user_plays"} 1.0' in text
    assert 'log_partition_lag_records{partition="0",topic="user_plays"} 1.0' in text
    again = '{reason="offset expired",topic="user_likes"} 778.0'
    assert f"log_records_read_again_30_days{again}" in text
    assert 'listeners{connection="connected"} 1.0' in text


@pytest.mark.parametrize("address", ["/health", "/ready", "/metrics"])
def test_they_are_for_reading(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
