"""What a transform needs of a warehouse: begin a build, publish it, clean up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from spotifyweb.warehouse import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class LakePlace:
    """Where the engine itself finds the lake's files."""

    path: str  # a folder, or s3://bucket/prefix
    endpoint: str = ""
    region: str = ""

    @classmethod
    def of(cls, url: str, *, endpoint: str = "", region: str = "us-east-1") -> "LakePlace":
        parts = urlsplit(url)
        path = unquote(parts.path) if parts.scheme == "file" else url
        return cls(path=path.rstrip("/"), endpoint=endpoint, region=region)

    def secret(self) -> dict[str, object]:
        """DuckDB's secret for S3, with the keys that boto3 finds, wherever it finds them."""
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
    """One build at a time: the caller holds a lock."""

    target: str  # of dbt's profile

    @property
    def reader(self) -> Warehouse:
        """What is published now."""

    def begin(self, build_id: str, *, fresh: bool) -> Mapping[str, str]:
        """Prepare a build that nobody reads, from what is published unless `fresh`.

        Returns the environment in which dbt finds it.
        """

    def publish(self, build_id: str, *, keep: int = 2) -> None:
        """Make it what readers see."""

    def clean(self) -> None:
        """Remove what killed or red builds left."""
