"""The lake: everything that was ever received, as Parquet, on disk or on S3.

base          the protocol of a lake, and its errors
local, s3     its backends; s3_errors says what S3's answers mean
schemas       what each object holds, as Arrow schemas derived from the events
decoder       records of the log as columns; a bad record fails alone
parts         which objects of a dataset count
compaction    the parts of a finished day as one
bronze        keys of objects, and tables in and out of them
row_index     which records a dataset holds
suppression   which rows and records an erasure covers
deletion      those rows out of objects that exist already
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from spotifyweb.lake.base import FileLake, Lake, LakeError, ObjectNotFound
from spotifyweb.lake.bronze import (
    bronze_key,
    ensure_datasets,
    metadata_key,
    read_table,
    rejects_key,
    rejects_table,
    snapshot_key,
    snapshot_table,
    table_digest,
    to_bronze_rows,
    write_snapshot,
    write_table,
)
from spotifyweb.lake.decoder import DecodedBatch, Reject, concat, decode
from spotifyweb.lake.local import LocalLake
from spotifyweb.lake.schemas import (
    BRONZE_SCHEMAS,
    DATASETS,
    EVENT_SCHEMAS,
    REJECT_SCHEMA,
    SNAPSHOT_SCHEMAS,
)
from spotifyweb.lake.suppression import Suppression

__all__ = [
    "BRONZE_SCHEMAS",
    "DATASETS",
    "EVENT_SCHEMAS",
    "REJECT_SCHEMA",
    "SNAPSHOT_SCHEMAS",
    "DecodedBatch",
    "FileLake",
    "Lake",
    "LakeError",
    "LocalLake",
    "ObjectNotFound",
    "Reject",
    "Suppression",
    "bronze_key",
    "concat",
    "credentials",
    "decode",
    "ensure_datasets",
    "metadata_key",
    "open_lake",
    "read_table",
    "rejects_key",
    "rejects_table",
    "snapshot_key",
    "snapshot_table",
    "table_digest",
    "to_bronze_rows",
    "write_snapshot",
    "write_table",
]


def open_lake(
    url: str,
    *,
    endpoint: str = "",
    region: str = "us-east-1",
    encryption: Mapping[str, str] | None = None,
    credentials: Mapping[str, str] | None = None,
) -> FileLake:
    """Return the lake at file:///folder or s3://bucket/prefix. Nothing is contacted yet."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalLake(Path(unquote(parts.path)))
    from spotifyweb.lake.s3 import S3Lake  # boto3 takes a third of a second that disk users keep

    return S3Lake(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=endpoint,
        region=region,
        encryption=encryption,
        credentials=credentials,
    )


def credentials(url: str) -> dict[str, str]:
    """Return what boto3 finds for a lake on S3, by its session's names; nothing for one on disk."""
    if urlsplit(url).scheme == "file":
        return {}
    from spotifyweb.lake import s3

    return s3.credentials()
