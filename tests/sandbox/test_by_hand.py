"""The page to play by hand, the pictures, and the command that serves it all."""

import html
import os
import subprocess
import sys
import time
from typing import Any
from unittest import mock

import pytest
import requests
from django.core.management import call_command

from bench.harness.processes import PATIENCE_SECONDS, free_port
from bench.harness.sandbox_client import MIRA, Sandbox


def press(sandbox: Sandbox, **form: str) -> str:
    """The page after a button was pressed."""
    answer = requests.post(f"{sandbox.url}/sandbox/by-hand", data=form, timeout=10)
    assert answer.status_code == 200
    return answer.text


def test_a_person_can_play_and_skip_for_a_listener(sandbox: Sandbox) -> None:
    sandbox.player(MIRA, "stop")
    playing = press(sandbox, account_id=MIRA, do="play")
    first = sandbox.record(MIRA)["now"]["item"]
    press(sandbox, account_id=MIRA, do="skip")

    assert html.escape(first["name"]) in playing
    assert "Sandbox" in playing
    assert sandbox.record(MIRA)["now"]["item"] != first
    assert sandbox.record(MIRA)["skips"][-1]["id"] == first["id"]


def test_trouble_is_a_button_too_and_ends_by_another(sandbox: Sandbox) -> None:
    access = sandbox.log_in()["access_token"]
    assert "(1 now)" in press(sandbox, trouble="bad_gateway")
    assert sandbox.get("me", access).status_code == 502
    press(sandbox, trouble="none")
    assert sandbox.get("me", access).status_code == 200


def test_nonsense_changes_nothing(sandbox: Sandbox) -> None:
    assert "<h1>Players</h1>" in press(sandbox, account_id="nobody", do="play", trouble="plague")


@pytest.mark.parametrize("size", [64, 300, 640])
def test_covers_are_drawn_here_and_differ(sandbox: Sandbox, size: int) -> None:
    pictures = set()
    for name in ("one", "two", "three", "four", "five"):
        answer = requests.get(f"{sandbox.url}/sandbox/art/{name}/{size}", timeout=10)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert f'width="{size}"' in answer.text
        pictures.add(answer.text)
    assert len(pictures) == 5


def test_an_unknown_address_says_so(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.url}/nowhere", timeout=10)
    assert answer.status_code == 404
    assert "/nowhere" in answer.json()["error"]


def test_the_command_serves_and_tokens_outlive_a_restart(sandbox: Sandbox) -> None:
    token, port = sandbox.log_in()["refresh_token"], free_port()
    command = [sys.executable, "manage.py", "sandbox_spotify", f"--port={port}", "--seed=1"]
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "spotifyweb.settings"}
    server = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE)
    try:
        other = Sandbox(url=f"http://127.0.0.1:{port}", state=sandbox.state)
        wait_for(other.url, server)
        renewed = other.token(grant_type="refresh_token", refresh_token=token)
        assert renewed.status_code == 200
        assert other.get("me", renewed.json()["access_token"]).json()["account_id"] == MIRA
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE_SECONDS)


def test_the_command_prints_an_address_to_open(
    settings: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a container it listens on 0.0.0.0."""
    settings.SANDBOX_PORT, settings.SANDBOX_URL = 8089, "http://sandbox.localhost:8089"
    monkeypatch.setattr("spotifyweb.sandbox.server.create_server", mock.Mock())
    call_command("sandbox_spotify", "--host", "0.0.0.0", "--port", "8089")
    assert "Sandbox at http://sandbox.localhost:8089/" in capfd.readouterr().out


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            requests.get(url, timeout=30)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    server.kill()
    raise AssertionError(f"nothing answers at {url}: {server.communicate()[1].decode()}")
