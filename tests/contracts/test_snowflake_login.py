"""Liner logs in to Snowflake as the account wants it; a refusal names the setting to look at.

The double's server accepts anybody, so in front of it stands a login that checks what Snowflake
checks: the signature and age of the token that a key signs, tokens, and passwords.
"""

import base64
import gzip
import hashlib
import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from spotifyweb.warehouse import WarehouseError
from spotifyweb.warehouse.snowflake_login import SnowflakeLogin
from spotifyweb.warehouse.snowflake_session import Account, query

ACCOUNT, USER = "FAKESNOW", "LINER"


def pem(key: RSAPrivateKey, passphrase: bytes | None = None) -> bytes:
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase:
        encryption = BestAvailableEncryption(passphrase)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def key_file(key: RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "rsa_key.p8"
    path.write_bytes(pem(key))
    return path


@dataclass
class Gate:
    """The account's users: what each may log in with, and what was sent."""

    key: RSAPrivateKey
    token: str = "pat-1"
    oauth: str = "oauth-1"
    password: str = "snow"
    parameters: dict[str, Any] = field(default_factory=dict)

    def refusal(self, data: dict[str, Any]) -> tuple[str, str] | None:
        """Return Snowflake's code and message for a login that it refuses."""
        self.parameters = data["SESSION_PARAMETERS"]
        match data.get("AUTHENTICATOR", "SNOWFLAKE"):
            case "SNOWFLAKE_JWT":
                is_well = self.has_signed(data["TOKEN"])
                refused = ("390144", "JWT token is invalid. [0ce9eb56]")
            case "PROGRAMMATIC_ACCESS_TOKEN":
                is_well = data["TOKEN"] == self.token
                refused = ("394400", "Programmatic access token is invalid.")
            case "OAUTH":
                is_well = data["TOKEN"] == self.oauth
                refused = ("390303", "Invalid OAuth access token. [0ce9eb56]")
            case _:
                is_well = data["PASSWORD"] == self.password
                refused = ("390100", "Incorrect username or password was specified.")
        return None if is_well else refused

    def has_signed(self, token: str) -> bool:
        """Whether our key signed it, for our user, and it is of today."""
        public = self.key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        digest = base64.b64encode(hashlib.sha256(der).digest()).decode()
        try:
            claims = jwt.decode(token, public, algorithms=["RS256"], options={"require": ["exp"]})
        except jwt.InvalidTokenError:
            return False
        subject = f"{ACCOUNT}.{USER}"
        named = (claims["sub"], claims["iss"])
        return named == (subject, f"{subject}.SHA256:{digest}")


@pytest.fixture
def gate(snowflake: str, key: RSAPrivateKey) -> Iterator[Gate]:
    server: Any = importlib.import_module("fakesnow.server")
    guard = Gate(key=key)

    async def login(request: Request) -> JSONResponse:
        body = await request.body()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if refused := guard.refusal(json.loads(body)["data"]):
            code, message = refused
            return JSONResponse({"success": False, "code": code, "message": message, "data": {}})
        answered: JSONResponse = await server.login_request(request)
        return answered

    routes = server.app.router.routes
    place = next(n for n, one in enumerate(routes) if one.path.endswith("login-request"))
    original = routes[place]
    routes[place] = Route(original.path, login, methods=["POST"])
    yield guard
    routes[place] = original


def account(where: str, *, password: str = "", **login: str) -> Account:
    secret = f":{password}" if password else ""
    url = f"snowflake://{USER.lower()}{secret}@fakesnow/house?{where}"
    return Account.of(url, login=SnowflakeLogin(**login), query_tag="liner")


def answer(made: Account) -> object:
    with made.connect() as session:
        return query(session, "select 1 as one")[0]["one"]


def test_a_key_pair_opens_a_session_with_our_tag(
    snowflake: str, gate: Gate, key_file: Path
) -> None:
    assert answer(account(snowflake, private_key_file=str(key_file))) == 1
    assert gate.parameters["QUERY_TAG"] == "liner"


def test_the_key_may_be_a_value_and_have_a_passphrase(
    snowflake: str, gate: Gate, key: RSAPrivateKey
) -> None:
    in_one_line = pem(key).decode().replace("\n", "\\n")
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for value, passphrase in (
        (in_one_line, ""),
        (base64.b64encode(der).decode(), ""),
        (pem(key, b"open sesame").decode(), "open sesame"),
    ):
        made = account(snowflake, private_key=value, private_key_passphrase=passphrase)
        assert answer(made) == 1


@pytest.mark.parametrize(
    "login",
    [
        {"token": "pat-1"},
        {"token": "oauth-1", "authenticator": "oauth"},
        {"password": "snow"},
    ],
)
def test_tokens_and_passwords(snowflake: str, gate: Gate, login: dict[str, str]) -> None:
    assert answer(account(snowflake, **login)) == 1


def test_a_token_file_is_read_again_for_each_session(
    snowflake: str, gate: Gate, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    made = account(snowflake, token_file=str(path), authenticator="oauth")
    path.write_text("oauth-1\n")
    assert answer(made) == 1
    gate.oauth = "oauth-2"
    path.write_text("oauth-2\n")
    assert answer(made) == 1


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        ({"token": "pat-0"}, "SNOWFLAKE_TOKEN"),
        ({"token": "oauth-0", "authenticator": "oauth"}, "renew SNOWFLAKE_TOKEN"),
        ({"password": "rain"}, "user or password in WAREHOUSE_URL"),
    ],
)
def test_what_is_refused_names_the_setting_and_is_not_tried_again(
    snowflake: str, gate: Gate, login: dict[str, str], sentence: str
) -> None:
    with pytest.raises(WarehouseError, match=sentence) as refused:
        account(snowflake, **login).connect()
    assert not refused.value.retry
    assert not any(secret in str(refused.value) for secret in login.values() if "-0" in secret)


def test_a_foreign_key_and_a_key_whose_token_is_old_are_refused(
    snowflake: str, gate: Gate, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "foreign.p8"
    foreign.write_bytes(pem(generate_private_key(public_exponent=65537, key_size=2048)))
    with pytest.raises(WarehouseError, match="Snowflake refuses the key"):
        account(snowflake, private_key_file=str(foreign)).connect()

    monkeypatch.setenv("JWT_LIFETIME_IN_SECONDS", "-600")  # the connector's own setting
    with pytest.raises(WarehouseError, match="this machine's clock"):
        account(snowflake, private_key_file=str(key_file)).connect()


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        ({}, "Set SNOWFLAKE_PRIVATE_KEY_FILE"),
        ({"private_key_file": "/nowhere.p8"}, "/nowhere.p8 cannot be read: No such file"),
        ({"private_key": "bm8ga2V5"}, "SNOWFLAKE_PRIVATE_KEY is no private key"),
        ({"private_key": "no base64!"}, "SNOWFLAKE_PRIVATE_KEY is no private key"),
        ({"private_key": "x", "token": "y"}, "Keep one of them"),
        ({"token": "y", "authenticator": "okta"}, "SNOWFLAKE_AUTHENTICATOR=okta"),
    ],
)
def test_settings_that_give_no_login_are_told_before_anything_is_sent(
    login: dict[str, str], sentence: str
) -> None:
    with pytest.raises(WarehouseError, match=sentence):
        account("", **login).connect()
    with pytest.raises(WarehouseError, match=sentence):
        account("", **login).environment()


def test_a_passphrase_that_is_missing_wrong_or_superfluous(key: RSAPrivateKey) -> None:
    locked = pem(key, b"open sesame").decode()
    for stored, passphrase, sentence in (
        (locked, "", "has a passphrase"),
        (locked, "close", "does not open the key"),
        (pem(key).decode(), "open sesame", "Leave it empty"),
    ):
        login = {"private_key": stored, "private_key_passphrase": passphrase}
        with pytest.raises(WarehouseError, match=sentence):
            account("", **login).connect()


def test_dbt_gets_the_same_login(key: RSAPrivateKey, key_file: Path) -> None:
    from dbt.adapters.snowflake.connections import SnowflakeCredentials  # takes two seconds

    def credentials(**login: str) -> dict[str, Any]:
        told = account("role=R", **login).environment()
        secrets = {
            name.removeprefix("DBT_ENV_SECRET_SNOWFLAKE_").lower(): value
            for name, value in told.items()
            if name.startswith("DBT_ENV_SECRET_")
        }
        adapter: Any = SnowflakeCredentials
        made = adapter(
            account=told["SNOWFLAKE_ACCOUNT"],
            user=told["SNOWFLAKE_USER"],
            database=told["SNOWFLAKE_DATABASE"],
            schema="gold",
            authenticator=told["SNOWFLAKE_AUTHENTICATOR"],
            **secrets,
        )
        return dict(made.auth_args())

    by_key = credentials(private_key_file=str(key_file))
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert (by_key["authenticator"], by_key["private_key"]) == ("snowflake_jwt", der)
    assert credentials(token="pat-1")["token"] == "pat-1"
    assert credentials(password="snow")["password"] == "snow"
