"""From decoded events to the rows that land: without what was erased, with where they came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from spotifyweb.lake.decoding import Decoded
from spotifyweb.lake.schemas import BRONZE_SCHEMAS, MOMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """That listener's records appended before that moment must not land."""

    user_id: str
    source: str  # "": every source
    before: datetime


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
    mask = pc.and_(
        pc.equal(table["user_id"], erasure.user_id).combine_chunks(),
        pc.less(appended_at, pa.scalar(erasure.before, MOMENT)),
    )
    if erasure.source:
        source = pc.fill_null(table["source"], "").combine_chunks()
        mask = pc.and_(mask, pc.equal(source, erasure.source))
    return mask
