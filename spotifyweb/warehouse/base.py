"""The warehouse's protocols: what readers query and what a build does, on DuckDB or Snowflake.

SQL that readers send is DuckDB's, with `?` for parameters and `gold.<table>` names; the backend of
another engine translates it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


def placeholders(values: Collection[object]) -> str:
    """Return a `?` for each value, for `in (…)`; "null", which nothing equals, for none."""
    return ", ".join("?" * len(values)) or "null"


class WarehouseError(Exception):
    """The warehouse did not answer; `retry` says whether trying again can help."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


class NothingPublished(WarehouseError):
    """Nothing was published yet: the first `transform` has still to run."""


class SchemaMismatch(WarehouseError):
    """The published build lacks a table or column that the SQL names: another version made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A complete, tested warehouse."""

    build_id: str  # sorts by time: 20261122T201500Z-1a2b
    published_at: datetime


class Warehouse(Protocol):
    def published(self) -> Build | None:
        """Return the build that readers see now; None before the first one."""

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Return rows of the published build: dicts with lower-case names, times aware in UTC.

        Raises NothingPublished before the first build, SchemaMismatch for a table or column that
        the build does not have, WarehouseError for anything else.
        """

    def arrow(self, sql: str, params: Sequence[object] = ()) -> "pa.Table":
        """Return the same rows as columns, for hundreds of thousands of them."""

    def pinned(self) -> "Warehouse":
        """Return a reader that stays on the build published now, for an answer of many queries."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeLocation:
    """Where the engine itself finds the lake's files."""

    path: str  # a folder, or s3://bucket/prefix
    endpoint: str = ""
    region: str = ""

    @classmethod
    def of(cls, url: str, *, endpoint: str = "", region: str = "us-east-1") -> "LakeLocation":
        parts = urlsplit(url)
        path = unquote(parts.path) if parts.scheme == "file" else url
        return cls(path=path.rstrip("/"), endpoint=endpoint, region=region)

    @property
    def sql_path(self) -> str:
        """Return the path as it stands between the quotes of a SQL string."""
        return self.path.replace("'", "''")

    def secret(self) -> dict[str, object]:
        """Return DuckDB's secret for S3, with the credentials that boto3 finds."""
        import boto3  # a third of a second that a lake on disk keeps

        secret: dict[str, object] = {"type": "s3", "region": self.region}
        if found := boto3.Session().get_credentials():
            keys = found.get_frozen_credentials()
            secret |= {"key_id": keys.access_key, "secret": keys.secret_key}
            secret |= {"session_token": keys.token} if keys.token else {}
        if self.endpoint:
            place = urlsplit(self.endpoint)
            secret |= {
                "endpoint": place.netloc,
                "url_style": "path",
                "use_ssl": place.scheme == "https",
            }
        return secret


class Builds(Protocol):
    """Make builds, one at a time: the caller holds a lock."""

    target: str  # of dbt's profile

    @property
    def reader(self) -> Warehouse:
        """Return a reader of what is published."""

    def begin(self, build_id: str, *, fresh: bool) -> Mapping[str, str]:
        """Prepare a build that nobody reads, from what is published unless `fresh`.

        Returns the environment in which dbt finds it.
        """

    def publish(self, build_id: str, *, keep: int = 2) -> None:
        """Publish the build, and delete all but the newest `keep`."""

    def available(self) -> Sequence[str]:
        """Return the ids of the builds that can be published again, newest first."""

    def restore(self, build_id: str) -> None:
        """Publish a kept build again. Raises WarehouseError where it is not kept."""

    def clean(self) -> None:
        """Delete what killed or red builds left."""
