"""Taking a listener's rows out of the lake for good: objects mix listeners, so they are rewritten.

An object keeps its key, so what was landed stays landed; one that held nobody else goes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spotifyweb.lake.door import Lake, NotInLake
from spotifyweb.lake.schemas import MOMENT
from spotifyweb.lake.tables import write_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleansed:
    """What was taken out."""

    rows: int
    rejects: int
    objects: int


def cleanse(
    lake: Lake, user_id: str, *, before: datetime, sources: Collection[str] = ()
) -> Cleansed:
    """Remove what landed for that listener before that moment, of those sources or of every one."""
    found = [
        (key, removed)
        for prefix in ("bronze/", "rejects/")
        for key in list(lake.keys(prefix))
        if (removed := cleanse_object(lake, key, user_id, before=before, sources=sources))
    ]
    rejects = sum(removed for key, removed in found if key.startswith("rejects/"))
    total = sum(removed for _, removed in found)
    return Cleansed(rows=total - rejects, rejects=rejects, objects=len(found))


def cleanse_object(
    lake: Lake, key: str, user_id: str, *, before: datetime, sources: Collection[str]
) -> int:
    """Rewrite one object without those rows; returns how many they were."""
    try:
        file = pq.ParquetFile(pa.BufferReader(lake.get(key)))
    except NotInLake:  # compacted or cleansed by somebody else meanwhile
        return 0
    if (mask := doomed(file, user_id, before=before, sources=sources)) is None:
        return 0
    removed: int = pc.sum(mask).as_py() or 0
    if removed:
        keep = file.read().filter(pc.invert(mask))
        if keep.num_rows or key.endswith("/snapshot.parquet"):
            write_table(lake, key, keep)
        else:
            lake.delete(key)
    return removed


def doomed(
    file: pq.ParquetFile, user_id: str, *, before: datetime, sources: Collection[str]
) -> pa.ChunkedArray | None:
    """Which rows go; only the columns that decide are read. None where no row can be theirs."""
    names = set(file.schema_arrow.names)
    if "raw" in names:
        return doomed_rejects(file, user_id, before=before, sources=sources)
    if "user_id" not in names or (sources and "source" not in names):
        return None
    columns = file.read(columns=sorted(names & {"user_id", "source", "landed_at"}))
    mask = pc.equal(columns["user_id"], user_id)
    if sources:
        chosen = pc.is_in(columns["source"], pa.array(sorted(sources), pa.string()))
        mask = pc.and_(mask, chosen)
    return bounded(mask, columns, "landed_at", before=before)


def doomed_rejects(
    file: pq.ParquetFile, user_id: str, *, before: datetime, sources: Collection[str]
) -> pa.ChunkedArray:
    """A reject is theirs by its key, or where its bytes hold their id."""
    columns = file.read(columns=["key", "raw", "rejected_at"])
    mask = pc.or_(
        pc.fill_null(pc.equal(columns["key"], user_id), False),
        pc.match_substring(columns["raw"], user_id.encode()),
    )
    if sources:
        pattern = b"|".join(sorted(source.encode() for source in sources))
        mask = pc.and_(mask, pc.match_substring_regex(columns["raw"], pattern))
    return bounded(mask, columns, "rejected_at", before=before)


def bounded(
    mask: pa.ChunkedArray, columns: pa.Table, moment: str, *, before: datetime
) -> pa.ChunkedArray:
    """Snapshots have no time of landing: there every row counts."""
    if moment not in columns.column_names:
        return mask
    return pc.and_(mask, pc.less(columns[moment], pa.scalar(before, MOMENT)))
