"""`doctor` names what is wrong, its value and the cure, and tells scripts by its exit code."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.utils import timezone

from bench.harness.processes import free_port, start_valkey
from ingestion.models import Run, Stage
from spotifyweb import clients
from spotifyweb.eventlog import LogError
from spotifyweb.monitoring import probes

pytestmark = pytest.mark.django_db


def doctor() -> tuple[int, dict[str, dict[str, str]], str]:
    """Exit code, findings by name, and all that was said."""
    said, code = StringIO(), 0
    try:
        call_command("doctor", json=True, stdout=said)
    except SystemExit as end:
        code = int(end.code or 0)
    findings = json.loads(said.getvalue())["findings"]
    return code, {one["name"]: one for one in findings}, said.getvalue()


def test_a_machine_that_is_well(settings: Any) -> None:
    code, findings, said = doctor()

    assert code == 0
    assert {"database", "redis", "log", "lake", "warehouse", "migrations"} <= set(findings)
    assert findings["log keeps records"]["value"] == "True"
    assert findings["worker"]["state"] == "warning"
    assert settings.SECRET_KEY not in said and settings.TOKEN_KEYS[0] not in said


def test_valkey_being_away_is_wrong_and_has_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    monkeypatch.setattr(clients, "redis_client", lambda: dead)

    code, findings, _ = doctor()

    assert code == 1
    assert findings["redis"]["state"] == "wrong" and "REDIS_URL" in findings["redis"]["cure"]


def test_a_log_without_a_topic_for_the_doctor_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise LogError("no right to create", retry=False, hint="allow it")

    monkeypatch.setattr(clients.event_log(), "create_topics", refuse)
    finding = doctor()[1]["log keeps records"]
    assert finding["state"] == "warning" and "allow it" in finding["cure"]


def test_a_redirect_address_that_spotify_refuses_is_found(settings: Any) -> None:
    settings.SPOTIFY_REDIRECT_URI = "http://localhost:8000/callback/"
    code, findings, _ = doctor()
    assert code == 1 and "127.0.0.1" in findings["SPOTIFY_REDIRECT_URI"]["cure"]


def test_a_site_below_a_path_is_found_with_its_cure(settings: Any) -> None:
    settings.SITE_URL = "https://example.org/liner"
    code, findings, _ = doctor()
    assert code == 1 and "https://example.org," in findings["spotifyweb.E010"]["cure"]


@pytest.mark.parametrize(
    ("mode", "cure"), [("--cluster-enabled", "without Cluster"), ("--sentinel", "redis+sentinel:")]
)
def test_a_cluster_and_a_sentinel_are_refused(
    mode: str, cure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "server.conf").touch()
    options = [mode, "yes"] if mode == "--cluster-enabled" else [mode]
    port = free_port()
    server = start_valkey(tmp_path, port, str(tmp_path / "server.conf"), *options)
    with redis.Redis(port=port) as client:
        monkeypatch.setattr(clients, "redis_client", lambda: client)
        found = probes.probe("redis", now=timezone.now())
    server.kill()
    server.wait()
    assert not found.is_well and cure in found.hint


def test_passwords_in_addresses_are_not_shown(settings: Any) -> None:
    clients.event_log()  # the door of all tests here does not lead to that address
    settings.EVENT_LOG_URL = "redis://user:hunter2@127.0.0.1:6379/0"
    _, findings, said = doctor()
    assert findings["EVENT_LOG_URL"]["value"] == "redis://127.0.0.1:6379/0"
    assert "hunter2" not in said


def test_an_address_is_shown_as_it_is() -> None:
    assert (
        probes.address_without_credentials("duckdb:////srv/warehouse") == "duckdb:////srv/warehouse"
    )
    assert (
        probes.address_without_credentials("snowflake://me:pw@acc/db?role=R")
        == "snowflake://acc/db?role=R"
    )


def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("doctor")
    assert "what to do" in capsys.readouterr().err


def test_sources_that_became_old_are_a_warning() -> None:
    Run.objects.create(
        stage=Stage.TRANSFORM,
        status=Run.Status.SUCCEEDED,
        started_at=timezone.now(),
        counts={"freshness": {"plays": "warn"}},
    )
    code, findings, _ = doctor()
    assert code == 0
    assert findings["freshness of plays"]["state"] == "warning"
