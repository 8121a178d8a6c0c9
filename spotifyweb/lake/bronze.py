"""Objects of the lake: their keys, and Parquet tables in and out of them.

bronze/<dataset>/year=/month=/day=/hour=/part-<partition>-<first offset>.parquet

A key follows from what the object holds, so that a replay overwrites it. Tables always have the
declared schema and are compressed with zstd.
"""

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spotifyweb.lake.base import Lake, LakeError
from spotifyweb.lake.decoder import DecodedBatch
from spotifyweb.lake.schemas import (
    BRONZE_SCHEMAS,
    DATASETS,
    MOMENT,
    REJECT_SCHEMA,
    SNAPSHOT_SCHEMAS,
)
from spotifyweb.lake.suppression import Suppression, matching_rows

UNIQUE_COLUMNS = frozenset({"event_id", "log_offset", "offset", "reason"})


def bronze_key(dataset: str, *, landed_at: datetime, partition: int, first_offset: str) -> str:
    """Return the key of one batch's object. `landed_at` is when the log got its first record.

    Not the time of the write: a batch that is written again after an hour must meet itself.
    """
    return f"bronze/{dataset}/{_hour_path(landed_at)}/part-{partition}-{first_offset}.parquet"


def rejects_key(dataset: str, *, landed_at: datetime, partition: int, first_offset: str) -> str:
    """Return the key of the records of a batch that were set aside."""
    return f"rejects/{dataset}/{_hour_path(landed_at)}/part-{partition}-{first_offset}.parquet"


def metadata_key(dataset: str) -> str:
    """Return the key of a dataset's columns, without rows, named as Parquet's tools expect it.

    Spark and pyarrow pass over names that begin with an underscore.
    """
    return f"bronze/{dataset}/_common_metadata"


def former_empty_key(dataset: str) -> str:
    """Return the key of the object without rows that versions before December 2026 wrote."""
    return f"bronze/{dataset}/year=1970/month=01/day=01/hour=00/part-empty.parquet"


def snapshot_key(name: str) -> str:
    return f"bronze/{name}/snapshot.parquet"


def _hour_path(moment: datetime) -> str:
    return moment.strftime("year=%Y/month=%m/day=%d/hour=%H")


def to_bronze_rows(
    decoded: DecodedBatch,
    *,
    topic: str,
    partition: int,
    offsets: Sequence[str],
    appended_ms: Sequence[int],
    landed_at: datetime,
    erased: Iterable[Suppression] = (),
) -> pa.Table:
    """Return decoded events as bronze stores them.

    With their origin, without what is suppressed.
    """
    table, rows = decoded.table, decoded.table.num_rows
    table = table.append_column("landed_at", pa.repeat(pa.scalar(landed_at, MOMENT), rows))
    table = table.append_column("log_partition", pa.repeat(pa.scalar(partition, pa.int32()), rows))
    offset = pa.array(offsets, pa.string()).take(decoded.indices)
    table = table.append_column("log_offset", offset).cast(BRONZE_SCHEMAS[topic])
    appended_at = pa.array(appended_ms, pa.int64()).take(decoded.indices).cast(MOMENT)
    for erasure in erased:
        keep = pc.invert(_suppressed_rows(table, appended_at, erasure))
        table, appended_at = table.filter(keep), appended_at.filter(keep)
    return table


def _suppressed_rows(table: pa.Table, appended_at: pa.Array, erasure: Suppression) -> pa.Array:
    mask = matching_rows(table, erasure).combine_chunks()
    if erasure.before is None:
        return mask
    return pc.and_(mask, pc.less(appended_at, pa.scalar(erasure.before, MOMENT)))


def write_table(lake: Lake, key: str, table: pa.Table) -> None:
    """Write one whole object; a replay overwrites it. Raises LakeError where it differs in size."""
    buffer = io.BytesIO()
    pq.write_table(
        table, buffer, compression="zstd", use_dictionary=_dictionary_columns(table.schema)
    )
    data = buffer.getvalue()
    lake.put(key, data)
    if lake.size(key) != len(data):
        raise LakeError(f"{key} was written with {len(data)} bytes but has {lake.size(key)}")


def _dictionary_columns(schema: pa.Schema) -> list[str]:
    """Return the columns that repeat.

    Of others a dictionary is built, found too large and dropped.
    """
    return [
        field.name
        for field in schema
        if pa.types.is_string(field.type) and field.name not in UNIQUE_COLUMNS
    ]


def read_table(lake: Lake, key: str) -> pa.Table:
    return pq.ParquetFile(io.BytesIO(lake.get(key))).read()


def ensure_datasets(lake: Lake) -> None:
    """Write each dataset's columns and an empty object for each snapshot, so that all can be read.

    A column that older objects lack is then read from them as null.
    """
    for topic, dataset in DATASETS.items():
        key, schema = metadata_key(dataset), BRONZE_SCHEMAS[topic]
        if not _exists(lake, key) or read_table(lake, key).schema != schema:
            write_table(lake, key, schema.empty_table())
        lake.delete(former_empty_key(dataset))
    for name, schema in SNAPSHOT_SCHEMAS.items():
        if not _exists(lake, key := snapshot_key(name)):
            write_table(lake, key, schema.empty_table())


def snapshot_table(name: str, rows: Iterable[Mapping[str, object]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=SNAPSHOT_SCHEMAS[name])


def table_digest(table: pa.Table, *, without: Set[str] = frozenset()) -> str:
    """Return a digest of a table's rows in their order, leaving out the columns in `without`."""
    table = table.drop_columns([name for name in table.schema.names if name in without])
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return hashlib.sha256(buffer.getbuffer()).hexdigest()


def write_snapshot(lake: Lake, name: str, rows: Iterable[Mapping[str, object]]) -> int:
    """Replace bronze/<name>/snapshot.parquet; return how many rows it has now."""
    table = snapshot_table(name, rows)
    write_table(lake, snapshot_key(name), table)
    count: int = table.num_rows
    return count


def rejects_table(
    rejects: Iterable[Mapping[str, object]], *, topic: str, partition: int, rejected_at: datetime
) -> pa.Table:
    """Return a table of rejects.

    Rows of offset, key, reason and raw, completed with where and when.
    """
    where = {"topic": topic, "partition": partition, "rejected_at": rejected_at}
    return pa.Table.from_pylist([{**row, **where} for row in rejects], schema=REJECT_SCHEMA)


def _exists(lake: Lake, key: str) -> bool:
    return next(iter(lake.keys(key)), None) == key
