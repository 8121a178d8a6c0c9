"""The lake: everything that was ever received, as Parquet, on disk or on S3."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from spotifyweb.lake.decoding import Decoded, Reject, decode
from spotifyweb.lake.disk import DiskLake
from spotifyweb.lake.door import Lake, LakeError, NotInLake
from spotifyweb.lake.keys import bronze_key, empty_key, rejects_key, snapshot_key
from spotifyweb.lake.landing import landed
from spotifyweb.lake.marks import Erased
from spotifyweb.lake.schemas import (
    BRONZE_SCHEMAS,
    DATASETS,
    EVENT_SCHEMAS,
    REJECT_SCHEMA,
    SNAPSHOT_SCHEMAS,
)
from spotifyweb.lake.tables import (
    ensure_datasets,
    read_table,
    rejects_table,
    write_snapshot,
    write_table,
)

__all__ = [
    "BRONZE_SCHEMAS",
    "DATASETS",
    "EVENT_SCHEMAS",
    "REJECT_SCHEMA",
    "SNAPSHOT_SCHEMAS",
    "Decoded",
    "DiskLake",
    "Erased",
    "Lake",
    "LakeError",
    "NotInLake",
    "Reject",
    "bronze_key",
    "decode",
    "empty_key",
    "ensure_datasets",
    "landed",
    "open_lake",
    "read_table",
    "rejects_key",
    "rejects_table",
    "snapshot_key",
    "write_snapshot",
    "write_table",
]


def open_lake(url: str, *, endpoint: str = "", region: str = "us-east-1") -> Lake:
    """The lake at file:///folder or s3://bucket/prefix. Nothing is contacted yet."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return DiskLake(Path(unquote(parts.path)))
    from spotifyweb.lake.s3 import S3Lake  # boto3 takes a third of a second that disk users keep

    return S3Lake(
        bucket=parts.netloc, prefix=parts.path.strip("/"), endpoint=endpoint, region=region
    )
