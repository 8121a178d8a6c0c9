"""Hosts of one database have one set of keys, and a change of keys logs nobody out."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from bench.harness.processes import free_port
from spotifyweb.accounts import key_fingerprints, tokens
from spotifyweb.accounts.key_fingerprints import KeysDiffer
from spotifyweb.accounts.models import Connection, KeyFingerprint, Listener

ROOT = Path(__file__).parents[2]


def new_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def prepared(db: None) -> None:
    key_fingerprints.record()


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("setting", ["SECRET_KEY", "TOKEN_KEYS"])
def test_a_host_with_another_key_is_told_which_and_what_to_do(setting: str, settings: Any) -> None:
    key_fingerprints.verify()
    setattr(settings, setting, [new_key()] if setting == "TOKEN_KEYS" else "another")
    with pytest.raises(KeysDiffer, match=rf"^{setting} .*copy it from a host that runs"):
        key_fingerprints.verify()
    with pytest.raises(CommandError, match=setting):
        call_command("prepare", verbosity=0)


@pytest.mark.usefixtures("prepared")
def test_keys_change_host_by_host(mira: Listener, settings: Any) -> None:
    """The new key behind the old one everywhere, then before it, then alone after the rotation."""
    [old], new = settings.TOKEN_KEYS, new_key()
    for keys in ([old], [old, new], [new, old], [old, new]):
        settings.TOKEN_KEYS = keys
        key_fingerprints.verify()
    settings.TOKEN_KEYS = [old]  # a host that was forgotten cannot read what the others write
    with pytest.raises(KeysDiffer):
        key_fingerprints.verify()
    settings.TOKEN_KEYS = [new]
    with pytest.raises(KeysDiffer, match="until manage"):
        key_fingerprints.verify()

    settings.TOKEN_KEYS = [new, old]
    call_command("rotate_token_keys", verbosity=0)

    settings.TOKEN_KEYS = [new]
    key_fingerprints.verify()
    assert tokens.access_token(mira, now=timezone.now())


@pytest.mark.usefixtures("prepared")
def test_a_host_that_runs_with_other_keys_logs_nobody_out(mira: Listener, settings: Any) -> None:
    settings.TOKEN_KEYS = [new_key()]
    with pytest.raises(KeysDiffer):
        tokens.access_token(mira, now=timezone.now())
    mira.refresh_from_db()
    assert mira.connection == Connection.CONNECTED


@pytest.mark.usefixtures("prepared")
def test_lost_keys_are_replaced_on_purpose(settings: Any) -> None:
    settings.TOKEN_KEYS, settings.SECRET_KEY = [new_key()], "another"
    call_command("replace_keys", verbosity=0)
    key_fingerprints.verify()
    assert KeyFingerprint.objects.count() == 2


@pytest.mark.usefixtures("prepared")
def test_no_traffic_is_led_to_a_web_with_other_keys(client: Client, settings: Any) -> None:
    assert client.get("/ready").status_code == 200
    settings.TOKEN_KEYS = [new_key()]
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["keys"])


@pytest.mark.long
def test_processes_with_other_keys_end_with_a_sentence(tmp_path: Path) -> None:
    """Web, worker and beat; each connects to the database before anything else."""
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    manage = [sys.executable, "manage.py"]
    code = "from django.core.management import call_command as call; call('migrate', verbosity=0);"
    code += "from spotifyweb.accounts import key_fingerprints as keys; keys.record()"
    subprocess.run([*manage, "shell", "-v0", "-c", code], cwd=ROOT, env=environment, check=True)
    celery = ["celery", "-q", "-A", "spotifyweb"]
    commands = {
        "web": ["uvicorn", "spotifyweb.asgi:application", "--port", str(free_port())],
        "worker": [*celery, "worker", "-Q", "now", "--pool", "solo"],
        "beat": [*celery, "beat", "--pidfile", ""],
    }
    for name, key in {"web": "SECRET_KEY", "worker": "TOKEN_KEYS", "beat": "TOKEN_KEYS"}.items():
        done = subprocess.run(
            [sys.executable, "-m", *commands[name]],
            cwd=ROOT,
            env=environment | {key: new_key()},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode != 0, name
        assert f"Cannot start. {key}" in done.stderr, done.stderr[-2000:]
        assert "Traceback" not in done.stderr
