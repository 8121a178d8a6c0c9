"""Wrong settings are found before anything starts, each with its id and its cure."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from spotifyweb import checks
from spotifyweb.warehouse.snowflake_login import SnowflakeLogin

ID = "0123456789abcdef0123456789abcdef"


def found(check: Any) -> list[str]:
    findings = check(None)
    assert all(finding.hint for finding in findings)
    return [finding.id.removeprefix("spotifyweb.") for finding in findings]


@pytest.mark.parametrize("keys", [["short"], ["é" * 44], [Fernet.generate_key().decode(), "x"]])
def test_a_key_that_is_none(settings: Any, keys: list[str]) -> None:
    settings.TOKEN_KEYS = keys

    assert found(checks.token_keys) == ["E001"]
    assert not any(key in str(checks.token_keys(None)) for key in keys if len(key) > 1)


def test_good_keys(settings: Any) -> None:
    settings.TOKEN_KEYS = [Fernet.generate_key().decode(), Fernet.generate_key().decode()]

    assert found(checks.token_keys) == []


@pytest.mark.parametrize(
    ("address", "ids"),
    [
        ("https://music.example.org", []),
        ("http://127.0.0.1:8000", []),
        ("https://example.org/liner", ["E010"]),
        ("https://example.org/?liner", ["E010"]),
        ("https://example.org#liner", ["E010"]),
    ],
)
def test_a_site_below_a_path_is_refused(settings: Any, address: str, ids: list[str]) -> None:
    settings.SITE_URL = address

    assert found(checks.site_url) == ids


@pytest.mark.parametrize(
    ("address", "ids"),
    [
        ("http://127.0.0.1:8000/callback/", []),
        ("http://[::1]:8000/callback/", []),
        ("https://music.example.org/callback/", []),
        ("http://localhost:8000/callback/", ["E002"]),
        ("http://192.168.1.20:8000/callback/", ["E003"]),
        ("http://music.example.org/callback/", ["E003"]),
        ("http://127.0.0.1:8000/callback", ["W004"]),
        ("http://localhost:8000/", ["E002", "W004"]),
    ],
)
def test_what_spotify_takes_as_a_redirect(settings: Any, address: str, ids: list[str]) -> None:
    settings.SPOTIFY_REDIRECT_URI = address

    assert found(checks.redirect_uri) == ids


@pytest.mark.parametrize(
    ("client_id", "secret", "ids"),
    [
        (ID, "s", []),
        (ID, "", ["E005"]),
        ("my-app", "s", ["W006"]),
        (ID.upper(), "", ["E005", "W006"]),
    ],
)
def test_credentials(settings: Any, client_id: str, secret: str, ids: list[str]) -> None:
    settings.SANDBOX = False
    settings.SPOTIFY_CLIENT_ID, settings.SPOTIFY_CLIENT_SECRET = client_id, secret

    assert found(checks.credentials) == ids


def test_the_sandbox_needs_no_credentials(settings: Any) -> None:
    settings.SANDBOX, settings.SPOTIFY_CLIENT_SECRET = True, ""

    assert found(checks.credentials) == []


def test_an_open_door_is_pointed_out(settings: Any) -> None:
    settings.SANDBOX, settings.SPOTIFY_ALLOWED_LISTENERS = False, ["*"]

    assert found(checks.allowed_listeners) == ["W007"]


def test_this_machine_knows_time_zones() -> None:
    assert found(checks.time_zones) == []


def test_a_data_folder_that_others_can_read_is_pointed_out(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    tmp_path.chmod(0o750)
    assert found(checks.private_data) == ["W009"]
    tmp_path.chmod(0o700)
    assert found(checks.private_data) == []


@pytest.mark.parametrize(
    ("address", "login", "ids"),
    [
        ("duckdb:////srv/warehouse", {}, []),
        ("snowflake://me:pw@acc/liner", {}, ["W012"]),
        ("snowflake://me@acc/liner", {}, ["E011"]),
        ("snowflake://me@acc/liner", {"private_key_file": "/nowhere.p8"}, ["E011"]),
        ("snowflake://me@acc/liner", {"token": "pat", "private_key": "key"}, ["E011"]),
        ("snowflake://me@acc/liner", {"token": "pat"}, []),
    ],
)
def test_a_login_for_snowflake(
    settings: Any, address: str, login: dict[str, str], ids: list[str]
) -> None:
    settings.WAREHOUSE_URL = address
    settings.SNOWFLAKE_LOGIN = SnowflakeLogin(**login)

    assert found(checks.snowflake_login) == ids
