import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.models import Stage
from ingestion.operations import runs
from spotifyweb.telemetry import logs

ROOT = Path(__file__).resolve().parents[2]
log = logging.getLogger("ingestion.test")

SCRIPT = """
import django, logging
django.setup()
from spotifyweb.telemetry import logs
log = logging.getLogger("ingestion.fetch")
log.info("before")
with logs.bind(run=12, stage="produce", listener=logs.listener_hash("mira")):
    token = "spotify-secret"
    try:
        raise ValueError("no such page")
    except ValueError:
        log.warning("%s failed", "produce", exc_info=True)
    with logs.bind(event_id="abc"):
        log.error("no room for an event")
"""


# uvicorn logs sockets under the name of its errors, with the listener's address, and each request
SOCKETS = """
import django, logging
from uvicorn import Config
Config("spotifyweb.asgi:application", log_level="info")
django.setup()
server = logging.getLogger("uvicorn.error")
server.info('%s - "WebSocket %s" [accepted]', "192.0.2.7:4711", "/ws/now/")
server.error("the port is taken")
line = '%s - "%s %s HTTP/%s" %d'
logging.getLogger("uvicorn.access").info(line, "192.0.2.7:4711", "GET", "/share/token/", "1.1", 200)
"""


def _lines(folder: Path, log_format: str, *, script: str = SCRIPT) -> list[str]:
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "ENV_FILE": "",
        "LOG_FORMAT": log_format,
        "LOG_LEVEL": "info",
        "DJANGO_SETTINGS_MODULE": "spotifyweb.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()


def test_each_line_is_one_object_of_json_that_names_run_listener_and_event(tmp_path: Path) -> None:
    lines = _lines(tmp_path, "json")
    before, failed, left_out = map(json.loads, lines)

    assert "spotify-secret" not in "".join(lines), "a traceback shows local variables"
    assert (before["event"], before["level"]) == ("before", "info")
    assert "run" not in before
    assert (failed["run"], failed["stage"], failed["logger"]) == (12, "produce", "ingestion.fetch")
    assert failed["exception"][0]["exc_value"] == "no such page"
    assert failed["timestamp"].endswith("Z")
    assert left_out["event_id"] == "abc"
    assert left_out["listener"] == failed["listener"] != "mira"


def test_people_read_the_same_behind_the_message(tmp_path: Path) -> None:
    lines = _lines(tmp_path, "text")

    assert lines[0].endswith(" INFO ingestion.fetch before")
    assert lines[-1].endswith(" event_id=abc") and " no room for an event run=12 " in lines[-1]
    assert "mira" not in "".join(lines)


def test_a_request_that_is_refused_takes_one_line(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    [handler] = [
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    ]
    monkeypatch.setattr(handler, "stream", io.StringIO())
    assert client.get("/login/", headers={"host": "evil.example"}).status_code == 400
    [line] = handler.stream.getvalue().splitlines()
    assert "add 'evil.example' to ALLOWED_HOSTS" in line


def test_an_open_page_leaves_no_line_of_its_request_and_socket(tmp_path: Path) -> None:
    [line] = _lines(tmp_path, "text", script=SOCKETS)

    assert line.endswith(" ERROR uvicorn.error the port is taken")


@pytest.mark.django_db
def test_what_a_run_logs_names_the_run_and_not_the_listener(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.handler.addFilter(logs.ContextFilter())

    def fail(run: object) -> None:
        log.info("asking Spotify")
        raise OSError("no answer")

    with caplog.at_level("INFO"):
        run = runs.run_safely(Stage.PRODUCE, "mira", fail, now=timezone.now())

    asking, failed = (record for record in caplog.records if record.name.startswith("ingestion"))
    listener = logs.listener_hash("mira")
    expected = {"run": run.pk, "stage": "produce", "listener": listener}
    assert asking.__dict__["context"] == failed.__dict__["context"] == expected
    assert "mira" not in failed.getMessage()
