"""The SQL that sets up an account of Snowflake for Liner, and the SQL that removes it again.

Each statement may run twice. The first part needs ACCOUNTADMIN, since no other role may create
resource monitors and integrations; the second is sent as Liner's own role, which then owns what it
replaces at each build.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spotifyweb.warehouse.base import LakeLocation, WarehouseError
from spotifyweb.warehouse.snowflake_session import (
    LANDING,
    RETENTION,
    SCHEMAS,
    Account,
    columns,
    query,
    reader_grants,
)

SUSPEND_SECONDS = 60  # Snowflake bills at least that much of each start
ADMIN = "ACCOUNTADMIN"
PARTITIONS = ("year", "month", "day", "hour")
NTZ_TYPES = {"timestamp_tz": "timestamp_ntz"}  # in UTC, as Parquet holds them


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is set up: names, limits, and where the lake is. Names that are no identifiers raise."""

    account: Account
    schemas: Mapping[str, object]  # dataset or snapshot -> its Arrow schema
    lake: LakeLocation
    public_key: str = ""  # of the service's user, as ALTER USER takes it
    storage_role: str = ""  # AWS's name (ARN) of the role that may read the bucket
    monthly_credits: int = 10

    def __post_init__(self) -> None:
        for name in (self.account.warehouse, self.account.role, self.account.reader_role):
            if not name.isidentifier():
                raise WarehouseError(
                    f"{name!r} is no name for a role or warehouse: use letters, digits and _"
                    " in SNOWFLAKE_WAREHOUSE, SNOWFLAKE_ROLE and SNOWFLAKE_READER_ROLE"
                )

    @property
    def integration(self) -> str:
        return f"{self.account.database}_LAKE"

    @property
    def user(self) -> str:
        return '"{}"'.format(self.account.user.upper().replace('"', '""'))

    @property
    def has_stage(self) -> bool:
        return self.lake.path.startswith("s3://") and bool(self.storage_role)

    def statements(self) -> Iterator[str]:
        """Yield what creates everything, in order."""
        yield f"use role {ADMIN}"
        yield from self._roles()
        yield from self._warehouse()
        yield from self._database()
        yield from self._service_user()
        if self.has_stage:
            yield from self._integration()
        yield f"use role {self.account.role}"
        yield from self._schemas()
        yield from self._tables()
        if self.has_stage:
            yield from self._stage()
        yield from reader_grants(f"{self.account.database}.GOLD", self.account.reader_role)

    def removal(self) -> Iterator[str]:
        """Yield what removes everything, with all data that the account holds of listeners."""
        yield f"use role {ADMIN}"
        yield f"drop database if exists {self.account.database}"
        yield f"drop integration if exists {self.integration}"
        yield f"drop user if exists {self.user}"
        yield f"drop warehouse if exists {self.account.warehouse}"
        yield f"drop resource monitor if exists {self.account.warehouse}"
        yield f"drop role if exists {self.account.reader_role}"
        yield f"drop role if exists {self.account.role}"

    def omissions(self) -> Iterator[str]:
        """Yield a sentence for each part that the settings leave out."""
        if not self.public_key:
            yield (
                "The user gets no key: set SNOWFLAKE_PRIVATE_KEY_FILE, from which its public key"
                " is taken."
            )
        if not self.lake.path.startswith("s3://"):
            yield "No stage on the lake: LAKE_URL is a folder, which Snowflake cannot read."
        elif not self.storage_role:
            yield (
                "No stage on the lake: set SNOWFLAKE_STORAGE_ROLE to the ARN of an AWS role that"
                " may read the bucket."
            )

    def _roles(self) -> Iterator[str]:
        for role in (self.account.role, self.account.reader_role):
            yield f"create role if not exists {role}"
            yield f"grant role {role} to role SYSADMIN"

    def _warehouse(self) -> Iterator[str]:
        name, quota = self.account.warehouse, f"credit_quota = {self.monthly_credits}"
        yield (
            f"create warehouse if not exists {name} warehouse_size = 'XSMALL'"
            f" auto_suspend = {SUSPEND_SECONDS} auto_resume = true initially_suspended = true"
        )
        yield (
            f"create resource monitor if not exists {name} with {quota} frequency = monthly"
            " start_timestamp = immediately triggers on 80 percent do notify"
            " on 100 percent do suspend on 110 percent do suspend_immediate"
        )
        yield f"alter resource monitor {name} set {quota}"
        yield (
            f"alter warehouse {name} set warehouse_size = 'XSMALL' auto_suspend = {SUSPEND_SECONDS}"
            f" auto_resume = true resource_monitor = {name}"
        )
        yield f"grant usage, operate on warehouse {name} to role {self.account.role}"
        yield f"grant database role snowflake.usage_viewer to role {self.account.role}"
        yield f"grant usage on warehouse {name} to role {self.account.reader_role}"

    def _database(self) -> Iterator[str]:
        name = self.account.database
        yield f"create transient database if not exists {name} {RETENTION}"
        yield f"grant usage, create schema on database {name} to role {self.account.role}"
        yield f"grant usage on database {name} to role {self.account.reader_role}"

    def _service_user(self) -> Iterator[str]:
        role, warehouse = self.account.role, self.account.warehouse
        yield (
            f"create user if not exists {self.user} type = service"
            f" default_role = {role} default_warehouse = {warehouse}"
        )
        if self.public_key:
            yield f"alter user {self.user} set rsa_public_key = '{self.public_key}'"
        yield f"grant role {role} to user {self.user}"

    def _integration(self) -> Iterator[str]:
        role, places = _literal(self.storage_role), f"({_literal(self._bronze)})"
        yield (
            f"create storage integration if not exists {self.integration} type = external_stage"
            f" storage_provider = 'S3' enabled = true storage_aws_role_arn = {role}"
            f" storage_allowed_locations = {places}"
        )
        yield (
            f"alter storage integration {self.integration} set storage_aws_role_arn = {role}"
            f" storage_allowed_locations = {places}"
        )
        yield f"grant usage on integration {self.integration} to role {self.account.role}"

    def _schemas(self) -> Iterator[str]:
        for schema in SCHEMAS:
            name = f"{self.account.database}.{schema}"
            yield f"create transient schema if not exists {name} {RETENTION}"

    def _tables(self) -> Iterator[str]:
        for name, arrow in self.schemas.items():
            fields = ", ".join(f"{column} {kind}" for column, kind in columns(arrow))
            yield f"create transient table if not exists {self._landing(name)} ({fields})"

    def _stage(self) -> Iterator[str]:
        form, stage = self._landing("parquet"), self._landing("lake")
        yield (
            f"create file format if not exists {form} type = parquet use_logical_type = true"
            " binary_as_text = false"
        )
        yield (
            f"create stage if not exists {stage} url = {_literal(self._bronze)}"
            f" storage_integration = {self.integration} file_format = (format_name = '{form}')"
        )
        for name, arrow in self.schemas.items():
            if "landed_at" in dict(columns(arrow)):
                yield self._external_table(name, arrow)

    def _external_table(self, name: str, arrow: object) -> str:
        """Return the table over a dataset's partitions, as its objects lie.

        Not refreshed when it is created: AWS has to trust the integration first.
        """
        parts = [
            f"{part} integer as"
            f" (regexp_substr(metadata$filename, '{part}=([0-9]+)', 1, 1, 'e')::integer)"
            for part in PARTITIONS
        ]
        fields = [
            f"{column} {NTZ_TYPES.get(kind, kind)} as (value:{column}::{NTZ_TYPES.get(kind, kind)})"
            for column, kind in columns(arrow)
        ]
        return (
            f"create external table if not exists {self._landing(f'{name}_objects')}"
            f" ({', '.join(parts + fields)}) partition by ({', '.join(PARTITIONS)})"
            f" location = @{self._landing('lake')}/{name}/"
            " refresh_on_create = false auto_refresh = false pattern = '.*/part-.*[.]parquet'"
            f" file_format = (format_name = '{self._landing('parquet')}')"
        )

    @property
    def _bronze(self) -> str:
        return f"{self.lake.path}/bronze/"

    def _landing(self, name: str) -> str:
        return self.account.schema(f"{LANDING}.{name}")


def run(admin: Account, statements: Iterator[str]) -> int:
    """Send the statements as an admin, and return their number.

    Raises WarehouseError, which says what to do.
    """
    with admin.connect() as connection:
        return sum(1 for statement in statements if query(connection, statement) is not None)


def trust(admin: Account, setup: Setup) -> dict[str, str]:
    """Return whom AWS has to trust: STORAGE_AWS_IAM_USER_ARN and STORAGE_AWS_EXTERNAL_ID."""
    if not setup.has_stage:
        return {}
    with admin.connect() as connection:
        rows = query(connection, f"describe integration {setup.integration}")
    return {
        row["property"]: row["property_value"]
        for row in rows
        if row["property"] in ("STORAGE_AWS_IAM_USER_ARN", "STORAGE_AWS_EXTERNAL_ID")
    }


def _literal(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'"
