"""Sessions of a Snowflake account: its address, the login, statements, and what refusals mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import snowflake.connector
from snowflake.connector import SnowflakeConnection

from spotifyweb.warehouse.base import Row, WarehouseError
from spotifyweb.warehouse.snowflake_login import LoginInvalid, SnowflakeLogin

if TYPE_CHECKING:
    import pyarrow as pa

LOGIN_SECONDS = 10
TIMEOUT_SECONDS = 30
DATABASE, ROLE, READER_ROLE, WAREHOUSE = "SPOTIFY_DATA", "LINER", "LINER_READER", "LINER"
LANDING, BUILT = "LANDING", ("SILVER", "GOLD")  # the lake's rows; what is new with each build
SCHEMAS = (LANDING, "BRONZE", *BUILT)
NEXT, PREVIOUS = "_NEXT", "_PREVIOUS"  # follow a schema's name, of a build to come and before
MISSING_OBJECT = (2003, 2043)  # Snowflake's numbers for a name that nothing has, or no right to it
SESSION_OVER = 390_000  # from here on they speak of logins: one ends after four idle hours
RETENTION = "data_retention_time_in_days = 0"  # Time Travel would keep erased rows for a day
TYPES = {  # of the lake's Arrow schemas
    "string": "varchar",
    "int64": "bigint",
    "int32": "integer",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[ms, tz=UTC]": "timestamp_tz",
}
OPTIONS = ("warehouse", "role", "host", "protocol", "port")
REFUSALS = {  # Snowflake's words in lower case -> the setting to look at
    "jwt token": "Snowflake refuses the key: set the public key on the user with ALTER USER … SET"
    " RSA_PUBLIC_KEY, and look at the user and the account in WAREHOUSE_URL and at this machine's"
    " clock",
    "programmatic access token": "Snowflake refuses SNOWFLAKE_TOKEN: it may have expired, or the"
    " user has no network policy, which such a token needs",
    "oauth": "Snowflake refuses the OAuth token: renew SNOWFLAKE_TOKEN, or what writes"
    " SNOWFLAKE_TOKEN_FILE",
    "incorrect username or password": "Snowflake refuses the user or password in WAREHOUSE_URL",
    "multi-factor authentication": "Snowflake refuses a password alone: set"
    " SNOWFLAKE_PRIVATE_KEY_FILE or SNOWFLAKE_TOKEN",
    "role": "Snowflake refuses SNOWFLAKE_ROLE: grant it to the user, or name another one",
    "verify the account name": "no account answers at the address in WAREHOUSE_URL: write it as"
    " ORGANISATION-ACCOUNT",
}
SETUP = "run `manage.py snowflake_setup`, or give an admin what it prints with `--dry-run`"
HINTS = {  # Snowflake's words in lower case -> what is wrong, and what to do
    "insufficient privileges": f"Snowflake's role lacks a right: {SETUP}",
    "no active warehouse": "Snowflake's session has no warehouse: set SNOWFLAKE_WAREHOUSE to one"
    f" that the role may use; to make and grant it {SETUP}",
    "exceeded its quota": "the month's credits are used up: wait for the next month, or set"
    f" SNOWFLAKE_MONTHLY_CREDITS higher and {SETUP}",
    "does not have a current database": "the database in WAREHOUSE_URL does not exist, or the role"
    f" may not use it: {SETUP}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A database of an account, and how to log in.

    The address is snowflake://user:password@account/database?warehouse=&role=&host=&port=&protocol=
    where password and options may be missing.
    """

    user: str
    password: str = field(repr=False)
    account: str
    database: str
    options: Mapping[str, str]
    login: SnowflakeLogin
    query_tag: str = ""
    reader_role: str = READER_ROLE  # of people and dashboards: it reads gold

    @property
    def warehouse(self) -> str:
        return self.options.get("warehouse", WAREHOUSE)

    @property
    def role(self) -> str:
        return self.options.get("role", ROLE)

    def tagged(self, purpose: str) -> "Account":
        """Return the account with another query tag, under which its cost is told apart."""
        return replace(self, query_tag=f"{self.query_tag} {purpose}") if self.query_tag else self

    @classmethod
    def of(
        cls,
        url: str,
        *,
        login: SnowflakeLogin | None = None,
        query_tag: str = "",
        reader_role: str = READER_ROLE,
        **defaults: str,
    ) -> "Account":
        """Return the account of an address; `defaults` are options that the address leaves open.

        The database is SPOTIFY_DATA where the address names none. Raises WarehouseError for an
        address without user or account.
        """
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        database = parts.path.strip("/").upper() or DATABASE
        if not (parts.username and parts.hostname and database.isidentifier()):
            raise WarehouseError(
                "WAREHOUSE_URL must be snowflake://user@account/database, with a password if"
                " there is no key: snowflake://user:password@account/database"
            )
        return cls(
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            account=parts.hostname,
            database=database,
            options={name: value for name, value in (defaults | options).items() if value},
            login=login or SnowflakeLogin(),
            query_tag=query_tag,
            reader_role=reader_role,
        )

    def connect(self) -> SnowflakeConnection:
        """Return a session. Raises WarehouseError, which names the setting to look at."""
        options: dict[str, Any] = {
            name: self.options[name] for name in OPTIONS if name in self.options
        }
        if "port" in options:
            options["port"] = int(options["port"])
        try:
            return snowflake.connector.connect(
                user=self.user,
                account=self.account,
                database=self.database,
                paramstyle="qmark",
                login_timeout=LOGIN_SECONDS,
                network_timeout=TIMEOUT_SECONDS,
                client_session_keep_alive=False,
                timezone="UTC",
                session_parameters=self._session_parameters(),
                **self.login.connector_options(self.password),
                **options,
            )
        except LoginInvalid as error:
            raise WarehouseError(str(error)) from None
        except snowflake.connector.Error as error:
            raise login_failure(error) from error

    def schema(self, name: str) -> str:
        return f"{self.database}.{name}"

    def environment(self) -> dict[str, str]:
        """Return the environment in which dbt finds the next build's schemas and logs in.

        Raises WarehouseError if the settings give no usable login.
        """
        named = {
            f"SNOWFLAKE_{name.upper()}": self.options[name]
            for name in OPTIONS
            if name in self.options
        }
        try:
            login = self.login.dbt_environment(self.password)
        except LoginInvalid as error:
            raise WarehouseError(str(error)) from None
        return named | {
            **login,
            "SNOWFLAKE_ACCOUNT": self.account,
            "SNOWFLAKE_USER": self.user,
            "SNOWFLAKE_QUERY_TAG": self.query_tag,
            "SNOWFLAKE_DATABASE": self.database,
            "DBT_SCHEMA_SUFFIX": NEXT,
        }

    def _session_parameters(self) -> dict[str, object]:
        tag = {"QUERY_TAG": self.query_tag} if self.query_tag else {}
        return {"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False, **tag}


def login_failure(error: snowflake.connector.Error) -> WarehouseError:
    """Return the error to raise for a login that failed.

    A refusal names the setting and is not worth a retry; anything else may pass.
    """
    said = (error.msg or str(error)).strip()
    for words, sentence in REFUSALS.items():
        if words in said.lower():
            return WarehouseError(f"{sentence} (Snowflake says: {said})")
    return WarehouseError(
        f"Snowflake does not answer at the account in WAREHOUSE_URL: {said}", retry=True
    )


def failure(error: snowflake.connector.Error) -> WarehouseError:
    """Return the error to raise for a statement that failed: with a hint, where one is known."""
    said = f"{type(error).__name__}: {error.msg}"
    is_sql = isinstance(error, snowflake.connector.ProgrammingError)
    is_wrong_sql = is_sql and (error.errno or 0) < SESSION_OVER
    for words, sentence in HINTS.items():
        if words in said.lower():
            return WarehouseError(f"{sentence} (Snowflake says: {error.msg})")
    return WarehouseError(said, retry=not is_wrong_sql)


def reader_grants(schema: str, role: str) -> Iterator[str]:
    """Yield what lets the role read all of a schema, whatever was made anew in it."""
    yield f"grant usage on schema {schema} to role {role}"
    for kind in ("tables", "views"):
        yield f"grant select on all {kind} in schema {schema} to role {role}"


def columns(schema: object) -> Iterator[tuple[str, str]]:
    """Yield the name and Snowflake's type of each column of an Arrow schema."""
    for column in schema:  # type: ignore[attr-defined]
        yield column.name, TYPES[str(column.type)]


def query(connection: SnowflakeConnection, sql: str, params: Sequence[object] = ()) -> list[Row]:
    """Return the statement's rows with lower-case names, times aware in UTC."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params) or None)
        names = [column.name.lower() for column in cursor.description or ()]
        rows: list[Any] = cursor.fetchall()
    return [{name: _in_utc(value) for name, value in zip(names, row, strict=True)} for row in rows]


def query_arrow(
    connection: SnowflakeConnection, sql: str, params: Sequence[object] = ()
) -> "pa.Table":
    """Return the statement's rows as columns with lower-case names."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params) or None)
        table: pa.Table = cursor.fetch_arrow_all(force_return_table=True)
    return table.rename_columns([name.lower() for name in table.column_names])


def _in_utc(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return value
