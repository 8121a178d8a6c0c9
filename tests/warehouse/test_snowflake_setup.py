"""The SQL that sets up Snowflake: parsed as Snowflake's by two parsers, and safe to send twice."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.core.management import CommandError, call_command
from sqlfluff.core import Linter

from spotifyweb import clients, lake
from spotifyweb.warehouse import WarehouseError
from spotifyweb.warehouse.base import LakeLocation
from spotifyweb.warehouse.snowflake_login import SnowflakeLogin
from spotifyweb.warehouse.snowflake_session import Account
from spotifyweb.warehouse.snowflake_setup import Setup

EVENTS = {lake.DATASETS[topic]: schema for topic, schema in lake.BRONZE_SCHEMAS.items()}
REPEATABLE = ("create ", "drop ")


@pytest.fixture
def setup() -> Setup:
    return Setup(
        account=Account.of("snowflake://liner_user@org-account?role=LINER&warehouse=LINER"),
        schemas={**EVENTS, **lake.SNAPSHOT_SCHEMAS},
        lake=LakeLocation.of("s3://bucket/it's"),
        public_key="MIIB",
        storage_role="arn:aws:iam::1:role/lake",
    )


def everything(setup: Setup) -> Iterator[str]:
    yield from setup.statements()
    yield from setup.removal()


def test_each_statement_is_snowflakes_sql(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR", "sqlglot")  # it warns of statements that it keeps as text
    grammar = Linter(dialect="snowflake")
    for statement in everything(setup):
        assert sqlglot.parse_one(statement, read="snowflake") is not None
        assert grammar.parse_string(f"{statement};\n").violations == [], statement


def test_each_may_be_sent_twice(setup: Setup) -> None:
    for statement in everything(setup):
        if statement.startswith(REPEATABLE):
            assert " if not exists " in statement or " if exists " in statement, statement


def test_what_the_issue_lists_is_there(setup: Setup) -> None:
    told = "\n".join(setup.statements())
    for words in (
        "warehouse_size = 'XSMALL' auto_suspend = 60",
        "credit_quota = 10 frequency = monthly",
        "transient schema if not exists SPOTIFY_DATA.LANDING",
        "transient schema if not exists SPOTIFY_DATA.BRONZE",
        "transient schema if not exists SPOTIFY_DATA.SILVER",
        "transient schema if not exists SPOTIFY_DATA.GOLD",
        "transient table if not exists SPOTIFY_DATA.LANDING.plays",
        "type = service",
        "rsa_public_key = 'MIIB'",
        "storage_allowed_locations = ('s3://bucket/it''s/bronze/')",
        "external table if not exists SPOTIFY_DATA.LANDING.plays_objects (year integer",
        "grant select on all tables in schema SPOTIFY_DATA.GOLD to role LINER_READER",
    ):
        assert words in told


def test_liners_role_may_do_nothing_beside_its_database(setup: Setup) -> None:
    granted = [one for one in setup.statements() if one.endswith("to role LINER")]
    assert granted == [
        "grant usage, operate on warehouse LINER to role LINER",
        "grant database role snowflake.usage_viewer to role LINER",
        "grant usage, create schema on database SPOTIFY_DATA to role LINER",
        "grant usage on integration SPOTIFY_DATA_LAKE to role LINER",
    ]


def test_nothing_that_is_kept_outlives_an_erasure(setup: Setup) -> None:
    for statement in setup.statements():
        if statement.startswith("create") and (" schema " in statement or " table " in statement):
            assert statement.startswith(("create transient", "create external")), statement
    assert "data_retention_time_in_days = 0" in "\n".join(setup.statements())


def test_a_lake_on_disk_has_no_stage_and_says_so(setup: Setup) -> None:
    local = replace(setup, lake=LakeLocation(path="/srv/lake"), public_key="")
    assert not [one for one in local.statements() if "stage" in one or "integration" in one]
    assert len(list(local.omissions())) == 2
    assert "SNOWFLAKE_STORAGE_ROLE" in next(replace(setup, storage_role="").omissions())


def test_a_name_that_is_no_identifier_is_refused(setup: Setup) -> None:
    account = replace(setup.account, reader_role="x; drop")
    with pytest.raises(WarehouseError, match="SNOWFLAKE_READER_ROLE"):
        replace(setup, account=account)


def test_a_user_of_any_name_is_quoted(setup: Setup) -> None:
    account = replace(setup.account, user='liner@home"; drop')
    assert replace(setup, account=account).user == '"LINER@HOME""; DROP"'


def test_the_users_key_is_the_public_half(tmp_path: Path) -> None:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path / "key.p8"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    made = SnowflakeLogin(private_key_file=str(path))
    assert made.public_key() == base64.b64encode(public).decode()
    assert SnowflakeLogin().public_key() == ""


def test_the_dry_run_prints_sql_to_paste(settings: Any) -> None:
    settings.WAREHOUSE_URL = "snowflake://svc:secret@org-account/house"
    out = StringIO()
    call_command("snowflake_setup", "--dry-run", stdout=out)
    told = out.getvalue()
    assert "secret" not in told
    statements = [line for line in told.splitlines() if not line.startswith("--")]
    assert len(statements) > 30
    assert statements[0] == "use role ACCOUNTADMIN;"
    assert all(line.endswith(";") for line in statements)


def test_the_admin_logs_in_with_the_password_that_is_named(settings: Any) -> None:
    settings.SNOWFLAKE_LOGIN = SnowflakeLogin(private_key="of the service")
    settings.SNOWFLAKE_SETUP_URL = "snowflake://admin:password@org-account"
    admin = clients.snowflake_admin()
    assert admin.login.connector_options(admin.password) == {"password": "password"}
    assert admin.options["role"] == "ACCOUNTADMIN"


def test_an_install_on_duckdb_cannot_send_it(settings: Any) -> None:
    settings.SNOWFLAKE_SETUP_URL = ""
    with pytest.raises(CommandError, match="WAREHOUSE_URL must be snowflake"):
        call_command("snowflake_setup")
