"""Taking a listener's rows out of the lake for good: objects mix listeners, so they are rewritten.

An object keeps its key, so what was landed stays landed; one that held nobody else goes. The lake
puts an object whole or not at all, so a rewriting that is cut off has either happened or not:
looking again finds exactly what is left to do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spotifyweb.lake import raw
from spotifyweb.lake.door import Lake, LakeError, NotInLake
from spotifyweb.lake.marks import READ, Erased, covered
from spotifyweb.lake.schemas import MOMENT
from spotifyweb.lake.tables import write_table

SNAPSHOT = "/snapshot.parquet"
PREFIXES = ("bronze/", "rejects/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """So many rows of an object are erased."""

    key: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleansed:
    """What became of an object: the digest of its new bytes, "" where it was deleted."""

    key: str
    rows: int
    sha256: str


def find(lake: Lake, erased: Sequence[Erased]) -> Iterator[Found]:
    """The objects that hold such rows, snapshots too. Nothing is changed."""
    for prefix in PREFIXES:
        for key in list(lake.keys(prefix)):
            file = _opened(lake, key)
            mask = _doomed(file, erased) if file else None
            if mask is not None and (rows := _count(mask)):
                yield Found(key=key, rows=rows)


def cleanse(
    lake: Lake, erased: Sequence[Erased], *, fence: Callable[[], None] = lambda: None
) -> list[Cleansed]:
    """Rewrite every object that holds such rows. `fence` raises where another has taken over."""
    found = [cleanse_object(lake, one.key, erased, fence=fence) for one in find(lake, erased)]
    return [done for done in found if done is not None]


def cleanse_object(
    lake: Lake, key: str, erased: Sequence[Erased], *, fence: Callable[[], None] = lambda: None
) -> Cleansed | None:
    """Rewrite one object without those rows and read it back; None where nothing is left to do."""
    file = _opened(lake, key)
    mask = _doomed(file, erased) if file else None
    if file is None or mask is None or not (rows := _count(mask)):
        return None
    keep = file.read().filter(pc.invert(mask))
    fence()
    if not keep.num_rows and not key.endswith(SNAPSHOT):
        lake.delete(key)
        return Cleansed(key=key, rows=rows, sha256="")
    write_table(lake, key, keep)
    data = lake.get(key)
    if pq.ParquetFile(pa.BufferReader(data)).metadata.num_rows != keep.num_rows:
        raise LakeError(f"{key} was rewritten with {keep.num_rows} rows and has others now")
    return Cleansed(key=key, rows=rows, sha256=sha256(data).hexdigest())


def _opened(lake: Lake, key: str) -> pq.ParquetFile | None:
    try:
        return pq.ParquetFile(pa.BufferReader(lake.get(key)))
    except NotInLake:  # cleansed by somebody else meanwhile
        return None


def _count(mask: pa.ChunkedArray) -> int:
    return pc.sum(mask).as_py() or 0


def _doomed(file: pq.ParquetFile, erased: Sequence[Erased]) -> pa.ChunkedArray | None:
    """Which rows go; only the columns that decide are read. None where no row can be theirs."""
    names = set(file.schema_arrow.names)
    if "raw" in names:
        return _doomed_rejects(file, erased)
    if "user_id" not in names:
        return None
    wanted = [one for one in erased if "played_at" in names or not _is_of_events(one)]
    if not wanted:
        return None
    table = file.read(columns=sorted(names & {*READ, "landed_at"}))
    masks = [_bounded(covered(table, one), table, one) for one in wanted]
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.or_(mask, other)
    return mask


def _is_of_events(erased: Erased) -> bool:
    """A snapshot says nothing of sources and times: only a whole listener leaves it."""
    return bool(erased.source) or erased.until is not None


def _bounded(mask: pa.ChunkedArray, table: pa.Table, erased: Erased) -> pa.ChunkedArray:
    """Snapshots have no time of landing: there every row counts."""
    if erased.before is None or "landed_at" not in table.column_names:
        return mask
    return pc.and_(mask, pc.less(table["landed_at"], pa.scalar(erased.before, MOMENT)))


def _doomed_rejects(file: pq.ParquetFile, erased: Sequence[Erased]) -> pa.ChunkedArray:
    """Rejects are few, and each has its own way of being wrong: they are read one by one."""
    rows = file.read(columns=["key", "raw", "rejected_at"]).to_pylist()
    doomed = [
        any(
            raw.covers(one, key=row["key"], raw=row["raw"], at=row["rejected_at"]) for one in erased
        )
        for row in rows
    ]
    return pa.chunked_array([pa.array(doomed, pa.bool_())])
