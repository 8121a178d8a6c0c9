"""What the settings themselves do, in a process of their own."""

import os
import re
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from spotifyweb import env
from spotifyweb.accounts.models import Listener
from tests.support.disk import Disk
from tests.support.machine import SECRETS


@pytest.mark.parametrize(
    ("kept_seconds", "pool", "checks"), [(0, 0, False), (600, 0, True), (0, 8, True)]
)
def test_a_connection_that_is_kept_is_checked_before_a_request_uses_it(
    kept_seconds: int, pool: int, checks: bool, tmp_path: Path
) -> None:
    """After a restart of Postgres a third of sixty requests failed, one for each connection."""
    entry = env.database(
        "postgres://liner@db.example/liner",
        kept_seconds=kept_seconds,
        pool=pool,
        test_file=tmp_path / "test.sqlite3",
    )

    assert entry["CONN_HEALTH_CHECKS"] is checks


def test_a_commit_to_sqlite_is_on_disk(tmp_path: Path) -> None:
    """What was answered with yes, an upload or an erasure, survives a power cut."""
    url, file = f"sqlite:///{tmp_path}/db.sqlite3", tmp_path / "test.sqlite3"
    entry = env.database(url, kept_seconds=0, pool=0, test_file=file)
    connection = sqlite3.connect(entry["NAME"])
    connection.executescript(entry["OPTIONS"]["init_command"])
    assert connection.execute("pragma synchronous").fetchone() == (2,)  # FULL
    connection.close()


@pytest.mark.parametrize("before", [None, 0o755])
def test_a_data_folder_is_its_owner_s_alone(tmp_path: Path, before: int | None) -> None:
    """A new one, and one that an earlier version made open to others."""
    place = tmp_path / "var"
    if before:
        place.mkdir()
        place.chmod(before)
    subprocess.run(
        [sys.executable, "-c", "import spotifyweb.settings"],
        env=os.environ | {"DATA_DIR": str(place)},
        umask=0o022,
        check=True,
    )
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "keys.env").stat().st_mode) == 0o600


def test_a_data_folder_of_another_user_is_refused_with_the_cure(tmp_path: Path) -> None:
    """As a folder in place of a container's volume; root, who runs this, may write anywhere."""
    done = subprocess.run(
        [sys.executable, "-c", "import os; os.access = lambda *_: 0; import spotifyweb.settings"],
        env=os.environ | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert re.search(r"ImproperlyConfigured: DATA_DIR=.*: chown -R \d+:\d+ /", last)


def test_a_generated_secret_survives_a_power_cut(tmp_path: Path, disk: Disk) -> None:
    path = tmp_path / "keys.env"
    key = env.stored_secret("TOKEN_KEY", path, environ={})
    assert disk.read(path) == f"TOKEN_KEY={key}\n".encode()


SHOW_FOLDERS = """
from django.conf import settings
from spotifyweb import clients
print(settings.DATABASES["default"]["NAME"], clients.lake().root, clients.warehouse_folder())
"""


@pytest.mark.parametrize("name", ["Zoë's music", "C# and F#", "100%41", "$HOME & a;b"])
def test_everything_lies_in_the_data_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    shown = _run_python(SHOW_FOLDERS, {"DATA_DIR": str(place)})
    assert shown.stdout == f"{place}/db.sqlite3 {place}/lake {place}/warehouse\n", shown.stderr
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"DATA_DIR": "{}/[old]"}, r"LAKE_URL=.* for a pattern: move it, or DATA_DIR"),
        ({"LAKE_URL": "s3://liner/what*"}, r"LAKE_URL=.* for a pattern"),
        ({"LAKE_URL": "file:///C#/lake"}, r"LAKE_URL=.* write # as %23"),
        ({"WAREHOUSE_URL": "duckdb:///sure?/warehouse"}, r"WAREHOUSE_URL=.* \? as %3F"),
    ],
)
def test_a_path_of_which_a_part_would_be_lost_stops_the_start(
    tmp_path: Path, settings: dict[str, str], hint: str
) -> None:
    written = {name: value.format(tmp_path) for name, value in settings.items()}
    refused = _run_python("import spotifyweb.settings", {"DATA_DIR": str(tmp_path)} | written)
    assert re.search(hint, refused.stderr)


def _run_python(code: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_that_everybody_shares_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    env.private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777


@pytest.mark.parametrize("given", ["SECRET_KEY", "TOKEN_KEYS"])
def test_secrets_of_a_shared_database_are_demanded_and_not_invented(
    tmp_path: Path, given: str
) -> None:
    missing = ({"SECRET_KEY", "TOKEN_KEYS"} - {given}).pop()
    environment = os.environ | SECRETS | {missing: "", "DATABASE_URL": "postgres://u@db/liner"}
    done = subprocess.run(
        [sys.executable, "-c", "import spotifyweb.settings"],
        env=environment | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{missing} is not set. DATABASE_URL is a server" in done.stderr
    assert missing.removesuffix("S") not in "".join(
        path.read_text() for path in tmp_path.glob("keys.env")
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_a_stranger_is_not_told_of_the_api(client: Client, path: str) -> None:
    assert client.get(path).status_code in (302, 401)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("REDIS_URL", "http://user:p@ss/w?rd@cache:6379/0", "http://…@cache:6379/0"),
        ("REDIS_URL", "redis:user:secret@cache", "…@cache"),
        ("LAKE_URL", "ftp://bucket/prefix?password=secret", "ftp://bucket/prefix?…"),
        ("ALERT_URLS", "mailto://me", "…"),
        ("WEB_PORT", "eighty", "eighty"),
    ],
)
def test_an_error_names_a_wrong_value_and_not_its_password(
    name: str, value: str, told: str
) -> None:
    assert str(env.invalid_value(name, value, "cure")) == f"{name}={told!r} cannot be used: cure"


def test_a_choice_is_read_in_any_case_and_another_names_what_there_is() -> None:
    assert env.choice("LOG_LEVEL", "INFO", "DEBUG", environ={"LOG_LEVEL": "debug"}) == "DEBUG"
    assert env.choice("LOG_LEVEL", "INFO", "DEBUG", environ={}) == "INFO"

    with pytest.raises(ImproperlyConfigured, match=r"LOG_LEVEL='LOUD' .*one of INFO, DEBUG"):
        env.choice("LOG_LEVEL", "INFO", "DEBUG", environ={"LOG_LEVEL": "LOUD"})


@pytest.mark.django_db
def test_without_redis_pages_are_shown_to_who_is_logged_in(
    client: Client, bob: Listener, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("redis.retry.sleep", slept.append)
    client.force_login(bob)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": settings.REDIS_URL}}

    for path in ("/", "/settings/", "/now/"):
        assert client.get(path).status_code == 200
    assert slept
    assert sum(slept) < 3


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        ("22-7", (22, 23, 0, 6), (7, 12, 21)),
        ("8", (8,), (7, 9)),
        ("13-14 Europe/Oslo", (12,), (11, 13)),  # an hour ahead of UTC in November
    ],
)
def test_hours_are_read_in_their_zone_and_over_midnight(
    monkeypatch: pytest.MonkeyPatch, written: str, inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    monkeypatch.setenv("ALERT_QUIET_HOURS", written)
    hours = env.hours("ALERT_QUIET_HOURS")
    assert hours is not None
    day = datetime(2026, 11, 22, tzinfo=UTC)
    assert all(hours.includes(day.replace(hour=hour)) for hour in inside)
    assert not any(hours.includes(day.replace(hour=hour)) for hour in outside)


@pytest.mark.parametrize("written", ["night", "22-25", "8 Mars/Base", "22-7 Europe/Oslo now", "-7"])
def test_other_hours_are_refused_with_a_form_to_write(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("ALERT_QUIET_HOURS", written)
    with pytest.raises(ImproperlyConfigured, match="22-7 Europe/Oslo"):
        env.hours("ALERT_QUIET_HOURS")


def test_an_install_behind_https_passes_djangos_checks_for_deployment(tmp_path: Path) -> None:
    address = {"SITE_URL": "https://liner.example", "ALLOWED_HOSTS": "liner.example"}
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=kept | address | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
