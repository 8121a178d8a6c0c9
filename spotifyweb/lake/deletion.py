"""Delete a listener's rows from the lake for good. Objects mix listeners, so they are rewritten.

An object keeps its key, so what landed stays landed; one that held nobody else is deleted. The lake
replaces an object whole or not at all, so an interrupted rewrite has either happened or not:
searching again finds exactly what is left to do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spotifyweb.lake import parts, suppression
from spotifyweb.lake.base import Lake, LakeError, ObjectNotFound
from spotifyweb.lake.bronze import write_table
from spotifyweb.lake.schemas import MOMENT
from spotifyweb.lake.suppression import COLUMNS, Suppression, matching_rows

SNAPSHOT = "/snapshot.parquet"
PREFIXES = ("bronze/", "rejects/")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedObject:
    """An object with so many rows to delete."""

    key: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrittenObject:
    """A rewritten object and the digest of its new bytes, "" where it was deleted."""

    key: str
    rows: int
    sha256: str


def find_objects(lake: Lake, erased: Sequence[Suppression]) -> Iterator[MatchedObject]:
    """Yield the objects that hold such rows, snapshots too. Nothing is changed.

    Rows of a part that a compacted one replaces are counted there.
    """
    for prefix in PREFIXES:
        keys = list(lake.keys(prefix))
        replaced = parts.replaced_keys(parts.parse_all(keys), at=datetime.max.replace(tzinfo=UTC))
        for key in keys:
            file = _open(lake, key)
            mask = _rows_to_delete(file, erased) if file else None
            if mask is not None and (rows := _count(mask)):
                yield MatchedObject(key=key, rows=0 if key in replaced else rows)


def delete_rows_of_object(
    lake: Lake, key: str, erased: Sequence[Suppression], *, fence: Callable[[], None] = lambda: None
) -> RewrittenObject | None:
    """Rewrite one object without those rows and verify it. `fence` raises where another took over.

    None where there is nothing to delete.
    """
    file = _open(lake, key)
    mask = _rows_to_delete(file, erased) if file else None
    if file is None or mask is None or not (rows := _count(mask)):
        return None
    keep = file.read().filter(pc.invert(mask))
    fence()
    if not keep.num_rows and not key.endswith(SNAPSHOT):
        lake.delete(key)
        return RewrittenObject(key=key, rows=rows, sha256="")
    write_table(lake, key, keep)
    data = lake.get(key)
    if pq.ParquetFile(pa.BufferReader(data)).metadata.num_rows != keep.num_rows:
        raise LakeError(f"{key} was rewritten with {keep.num_rows} rows but does not have them")
    return RewrittenObject(key=key, rows=rows, sha256=sha256(data).hexdigest())


def _open(lake: Lake, key: str) -> pq.ParquetFile | None:
    try:
        return pq.ParquetFile(pa.BufferReader(lake.get(key)))
    except ObjectNotFound:  # deleted by somebody else meanwhile
        return None


def _count(mask: pa.ChunkedArray) -> int:
    return pc.sum(mask).as_py() or 0


def _rows_to_delete(file: pq.ParquetFile, erased: Sequence[Suppression]) -> pa.ChunkedArray | None:
    """Return a mask of the rows to delete, reading only columns that decide; None for no row."""
    names = set(file.schema_arrow.names)
    if "raw" in names:
        return _rejects_to_delete(file, erased)
    if "user_id" not in names:
        return None
    applicable = [
        suppression
        for suppression in erased
        if "played_at" in names or not _needs_event_columns(suppression)
    ]
    if not applicable:
        return None
    table = file.read(columns=sorted(names & {*COLUMNS, "landed_at"}))
    masks = [
        _landed_before(matching_rows(table, suppression), table, suppression)
        for suppression in applicable
    ]
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.or_(mask, other)
    return mask


def _needs_event_columns(erased: Suppression) -> bool:
    """Return whether a suppression needs source or time, which a snapshot does not have."""
    return bool(erased.source) or erased.until is not None


def _landed_before(mask: pa.ChunkedArray, table: pa.Table, erased: Suppression) -> pa.ChunkedArray:
    """Restrict the mask to rows that landed earlier.

    Snapshots have no such time: every row counts.
    """
    if erased.before is None or "landed_at" not in table.column_names:
        return mask
    return pc.and_(mask, pc.less(table["landed_at"], pa.scalar(erased.before, MOMENT)))


def _rejects_to_delete(file: pq.ParquetFile, erased: Sequence[Suppression]) -> pa.ChunkedArray:
    """Return a mask of rejects to delete, read one by one: few, each wrong in its own way."""
    rows = file.read(columns=["key", "raw", "rejected_at"]).to_pylist()
    to_delete = [
        any(
            suppression.matches_raw(covering, key=row["key"], raw=row["raw"], at=row["rejected_at"])
            for covering in erased
        )
        for row in rows
    ]
    return pa.chunked_array([pa.array(to_delete, pa.bool_())])
