"""Tables in and out of the lake: Parquet with zstd, always with the declared schema."""

import io
from collections.abc import Iterable, Mapping
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from spotifyweb.lake import keys
from spotifyweb.lake.door import Lake, LakeError
from spotifyweb.lake.schemas import BRONZE_SCHEMAS, DATASETS, REJECT_SCHEMA, SNAPSHOT_SCHEMAS

NEVER_TWICE = frozenset({"event_id", "log_offset", "offset", "reason"})


def write_table(lake: Lake, key: str, table: pa.Table) -> None:
    """One object, whole; a replay overwrites it."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", use_dictionary=_repeating(table.schema))
    data = buffer.getvalue()
    lake.put(key, data)
    if lake.size(key) != len(data):
        raise LakeError(f"{key} was written with {len(data)} bytes and has {lake.size(key)}")


def _repeating(schema: pa.Schema) -> list[str]:
    """Columns for which a dictionary pays: elsewhere it is made, found too large and dropped."""
    return [
        field.name
        for field in schema
        if pa.types.is_string(field.type) and field.name not in NEVER_TWICE
    ]


def read_table(lake: Lake, key: str) -> pa.Table:
    return pq.ParquetFile(io.BytesIO(lake.get(key))).read()


def ensure_datasets(lake: Lake) -> None:
    """Write an empty object per dataset and snapshot, so that all can be read, with all columns.

    A dataset whose objects are older than one of its columns is read with that column, as null.
    """
    for topic, dataset in DATASETS.items():
        key, schema = keys.empty_key(dataset), BRONZE_SCHEMAS[topic]
        if not _exists(lake, key) or read_table(lake, key).schema != schema:
            write_table(lake, key, schema.empty_table())
    for name, schema in SNAPSHOT_SCHEMAS.items():
        if not _exists(lake, key := keys.snapshot_key(name)):
            write_table(lake, key, schema.empty_table())


def write_snapshot(lake: Lake, name: str, rows: Iterable[Mapping[str, object]]) -> int:
    """Replace bronze/<name>/snapshot.parquet; returns how many rows it has now."""
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=SNAPSHOT_SCHEMAS[name])
    write_table(lake, keys.snapshot_key(name), table)
    count: int = table.num_rows
    return count


def rejects_table(
    rejects: Iterable[Mapping[str, object]], *, topic: str, partition: int, rejected_at: datetime
) -> pa.Table:
    """Rows of offset, key, reason and raw, completed with where and when."""
    where = {"topic": topic, "partition": partition, "rejected_at": rejected_at}
    return pa.Table.from_pylist([{**row, **where} for row in rejects], schema=REJECT_SCHEMA)


def _exists(lake: Lake, key: str) -> bool:
    return next(iter(lake.keys(key)), None) == key
