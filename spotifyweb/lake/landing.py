"""From decoded events to the rows that land: without what was erased, with where they came from."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from spotifyweb.lake.decoding import Decoded
from spotifyweb.lake.marks import Erased, covered
from spotifyweb.lake.schemas import BRONZE_SCHEMAS, MOMENT


def landed(
    decoded: Decoded,
    *,
    topic: str,
    partition: int,
    offsets: Sequence[str],
    appended_ms: Sequence[int],
    landed_at: datetime,
    erased: Iterable[Erased] = (),
) -> pa.Table:
    """The rows as bronze keeps them."""
    table, rows = decoded.table, decoded.table.num_rows
    table = table.append_column("landed_at", pa.repeat(pa.scalar(landed_at, MOMENT), rows))
    table = table.append_column("log_partition", pa.repeat(pa.scalar(partition, pa.int32()), rows))
    offset = pa.array(offsets, pa.string()).take(decoded.indices)
    table = table.append_column("log_offset", offset).cast(BRONZE_SCHEMAS[topic])
    appended_at = pa.array(appended_ms, pa.int64()).take(decoded.indices).cast(MOMENT)
    for erasure in erased:
        keep = pc.invert(_covered(table, appended_at, erasure))
        table, appended_at = table.filter(keep), appended_at.filter(keep)
    return table


def _covered(table: pa.Table, appended_at: pa.Array, erasure: Erased) -> pa.Array:
    mask = covered(table, erasure).combine_chunks()
    if erasure.before is None:
        return mask
    return pc.and_(mask, pc.less(appended_at, pa.scalar(erasure.before, MOMENT)))
