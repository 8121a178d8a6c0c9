"""How Liner logs in to Snowflake: with a key pair, an access token, or a password.

Snowflake refuses a password alone for most accounts, so a key pair is the usual way of a service.
"""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

ACCESS_TOKEN, OAUTH = "programmatic_access_token", "oauth"


class LoginInvalid(Exception):
    """The settings give no usable login; `hint` says what to set."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}. {hint}")
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class SnowflakeLogin:
    """The settings SNOWFLAKE_<FIELD>; the user, and a password, stand in WAREHOUSE_URL."""

    private_key_file: str = ""  # PEM, PKCS#8, as in Snowflake's guide
    private_key: str = field(default="", repr=False)  # the same as a value, or base64 of its DER
    private_key_passphrase: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    token_file: str = ""  # read for each session: something else may renew it
    authenticator: str = ""  # of the token: a programmatic access token's, or oauth

    def connector_options(self, password: str) -> dict[str, Any]:
        """Return what the connector needs for a session. Raises LoginInvalid."""
        match self._method(password):
            case "key":
                return {"authenticator": "SNOWFLAKE_JWT", "private_key": self._der()}
            case "token":
                return {"authenticator": self._authenticator().upper(), "token": self._token()}
        return {"password": password}

    def dbt_environment(self, password: str) -> dict[str, str]:
        """Return the same for dbt's profile, which never logs variables of that prefix.

        Raises LoginInvalid.
        """
        match self._method(password):
            case "key":
                key = base64.b64encode(self._der()).decode()
                method, secrets = "snowflake_jwt", {"PRIVATE_KEY": key}
            case "token":
                method, secrets = self._authenticator(), {"TOKEN": self._token()}
            case _:
                method, secrets = "snowflake", {"PASSWORD": password}
        named = {f"DBT_ENV_SECRET_SNOWFLAKE_{name}": value for name, value in secrets.items()}
        return {"SNOWFLAKE_AUTHENTICATOR": method, **named}

    def public_key(self) -> str:
        """Return the key's public half as ALTER USER takes it; empty without a key.

        Raises LoginInvalid.
        """
        if not self._has_key():
            return ""
        public = load_der_private_key(self._der(), None).public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def has_password_only(self) -> bool:
        return not (self._has_key() or self._has_token())

    def _method(self, password: str) -> str:
        if self._has_key() and self._has_token():
            raise LoginInvalid(
                "SNOWFLAKE_PRIVATE_KEY and SNOWFLAKE_TOKEN, or files of both, are set",
                "Keep one of them",
            )
        if self._has_key():
            return "key"
        if self._has_token():
            return "token"
        if not password:
            raise LoginInvalid(
                "WAREHOUSE_URL has no password, and there is no key and no token",
                "Set SNOWFLAKE_PRIVATE_KEY_FILE to the user's private key",
            )
        return "password"

    def _has_key(self) -> bool:
        return bool(self.private_key or self.private_key_file)

    def _has_token(self) -> bool:
        return bool(self.token or self.token_file)

    def _authenticator(self) -> str:
        chosen = self.authenticator.lower() or ACCESS_TOKEN
        if chosen not in (ACCESS_TOKEN, OAUTH):
            raise LoginInvalid(
                f"SNOWFLAKE_AUTHENTICATOR={self.authenticator} is no kind of token",
                f"Write {ACCESS_TOKEN} or {OAUTH}",
            )
        return chosen

    def _token(self) -> str:
        return self.token or _read("SNOWFLAKE_TOKEN_FILE", self.token_file).decode().strip()

    def _der(self) -> bytes:
        """Return the private key without a passphrase, in the connector's form."""
        name = "SNOWFLAKE_PRIVATE_KEY" if self.private_key else "SNOWFLAKE_PRIVATE_KEY_FILE"
        stored = self.private_key.replace("\\n", "\n").encode() or _read(
            name, self.private_key_file
        )
        passphrase = self.private_key_passphrase.encode() or None
        try:
            key = (
                load_pem_private_key(stored, passphrase)
                if b"-----BEGIN" in stored
                else load_der_private_key(base64.b64decode(stored, validate=True), passphrase)
            )
        except TypeError:
            raise _passphrase_invalid(name, is_missing=passphrase is None) from None
        except ValueError as error:
            if "password" in str(error).lower():
                raise _passphrase_invalid(name, is_missing=False) from None
            raise LoginInvalid(
                f"{name} is no private key",
                "Make one with: openssl genrsa 2048 | openssl pkcs8 -topk8 -out rsa_key.p8",
            ) from None
        return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _read(name: str, path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise LoginInvalid(
            f"{name}={path} cannot be read: {error.strerror}",
            "Write the file's full path, and let the account that runs Liner read it",
        ) from None


def _passphrase_invalid(name: str, *, is_missing: bool) -> LoginInvalid:
    if is_missing:
        return LoginInvalid(
            f"the key in {name} has a passphrase", "Set SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"
        )
    return LoginInvalid(
        f"SNOWFLAKE_PRIVATE_KEY_PASSPHRASE does not open the key in {name}",
        "Leave it empty for a key without a passphrase",
    )
