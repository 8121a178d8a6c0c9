"""Compaction: the parts of a finished day become one, or as many as fit into 256 MB each.

    list ──▶ write the compacted part ──5 minutes──▶ it counts ──an hour──▶ delete what it replaces

Killed at any point: before the write nothing has happened, after it the keys say what is left.
"""

import io
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import pyarrow as pa
import pyarrow.parquet as pq

from spotifyweb.lake import parts
from spotifyweb.lake.base import Lake, ObjectNotFound
from spotifyweb.lake.bronze import read_table, write_table
from spotifyweb.lake.parts import Part
from spotifyweb.lake.schemas import BRONZE_SCHEMAS, DATASETS

TARGET_BYTES = 256 * 1024 * 1024
LARGE_BYTES = 64 * 1024 * 1024  # a part of this size is left as it is
SETTLED = timedelta(hours=1)  # after midnight, for what lands late
VALID_AFTER = timedelta(minutes=5)  # more than clocks differ and a write takes
KEPT = timedelta(hours=1)  # for readers that listed before a compacted part counted
REPLACED_KEY = b"replaced"

Position = tuple[int, str]  # partition and first offset
Guard = Callable[[], AbstractContextManager[Callable[[], None]]]
TOPICS = {dataset: topic for topic, dataset in DATASETS.items()}


@dataclass(slots=True, kw_only=True)
class CompactionReport:
    """How many parts were written from how many, with how many rows; how many were deleted."""

    written: int = 0
    parts: int = 0
    rows: int = 0
    deleted: int = 0


def compact(
    lake: Lake,
    dataset: str,
    *,
    now: Callable[[], datetime],
    uncommitted: Callable[[], Collection[Position]],
    guard: Guard,
) -> CompactionReport:
    """Compact a dataset's finished days, and delete what was replaced long enough ago.

    `uncommitted` tells which parts the sink may write again; it is asked after the listing.
    `guard` is held while a part is written, as no erasure may rewrite what is being read; it yields
    a function that raises where it was lost. Raises LakeError.
    """
    done = CompactionReport()
    found = parts.parse_all(lake.keys(f"bronze/{dataset}/"))
    for key in sorted(parts.replaced_keys(found, at=now() - KEPT)):
        lake.delete(key)
        done.deleted += 1
    waiting = uncommitted()
    for group in _groups(lake, found, waiting, at=now()):
        with guard() as fence:
            table = _merge(lake, dataset, group)
            key = parts.compacted_key(group, valid_from=now() + VALID_AFTER)
            fence()
            if table.num_rows:
                write_table(lake, key, table)
                done.written += 1
                done.parts += len(group)
                done.rows += table.num_rows
    return done


def _groups(
    lake: Lake, found: Sequence[Part], waiting: Collection[Position], *, at: datetime
) -> Iterator[list[Part]]:
    """Yield parts that become one: contiguous ones of a finished day and partition."""
    current = [
        part
        for part in parts.valid(found, at=at + VALID_AFTER)
        if part.day_ends_at + SETTLED <= at
        and not any(
            part.partition == partition and part.last_first >= first for partition, first in waiting
        )
    ]
    current.sort(key=lambda part: (part.day, part.partition, part.first, part.key))
    for _, of_day in groupby(current, key=lambda part: (part.day, part.partition)):
        if len(candidates := list(of_day)) > 1:
            yield from (group for group in _fill(lake, candidates) if len(group) > 1)


def _fill(lake: Lake, candidates: Sequence[Part]) -> Iterator[list[Part]]:
    group: list[Part] = []
    total = 0
    for part in candidates:
        size = _size(lake, part.key)
        if group and (size >= LARGE_BYTES or total + size > TARGET_BYTES):
            yield group
            group, total = [], 0
        if size < LARGE_BYTES:
            group, total = [*group, part], total + size
    if group:
        yield group


def _size(lake: Lake, key: str) -> int:
    try:
        return lake.size(key)
    except ObjectNotFound:  # an erasure emptied it
        return 0


def _merge(lake: Lake, dataset: str, group: Sequence[Part]) -> pa.Table:
    """Return the rows of these parts in the dataset's columns, with the keys they came from."""
    tables, names = [BRONZE_SCHEMAS[TOPICS[dataset]].empty_table()], []
    for part in group:
        try:
            table = read_table(lake, part.key)
        except ObjectNotFound:  # an erasure emptied it since the listing
            continue
        tables.append(table.replace_schema_metadata(None))
        names += _replaced_keys(table.schema) or [part.key]
    merged = pa.concat_tables(tables, promote_options="default").combine_chunks()
    return merged.replace_schema_metadata({REPLACED_KEY: "\n".join(names).encode()})


def _replaced_keys(schema: pa.Schema) -> list[str]:
    """Return the keys as the sink wrote them that a compacted part replaces."""
    names: bytes = (schema.metadata or {}).get(REPLACED_KEY, b"")
    return names.decode().split()


class UnloadedObjects:
    """The lake for a loader that notes the keys it has loaded: no row reaches it twice."""

    def __init__(self, lake: Lake, *, now: Callable[[], datetime]) -> None:
        self._lake, self._now = lake, now

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys of objects that count now and hold rows."""
        found = [key for key in self._lake.keys(prefix) if key.endswith(".parquet")]
        parsed = parts.parse_all(found)
        hidden = {part.key for part in parsed}
        hidden -= {part.key for part in parts.valid(parsed, at=self._now())}
        return (key for key in found if key not in hidden)

    def get_unloaded(self, key: str, loaded: Collection[str]) -> bytes | None:
        """Return the object without rows of loaded ones that it replaces; None for no row."""
        data = self._lake.get(key)
        part = parts.parse(key)
        if part is None or not part.is_compacted:
            return data
        file = pq.ParquetFile(io.BytesIO(data))
        names = _replaced_keys(file.schema_arrow)
        missing = [name for name in names if name not in loaded]
        if len(missing) == len(names):
            return data
        return _rows_of(file.read(), names, missing) if missing else None


def _rows_of(table: pa.Table, names: Sequence[str], missing: Sequence[str]) -> bytes:
    """Return a Parquet file with the rows of these parts: those from its first offset on."""
    starts = sorted(part.first for part in parts.parse_all(names))
    wanted = {part.first for part in parts.parse_all(missing)}
    offsets = table["log_offset"].to_pylist()
    mask = [starts[max(0, bisect_right(starts, offset) - 1)] in wanted for offset in offsets]
    buffer = io.BytesIO()
    pq.write_table(table.filter(pa.array(mask, pa.bool_())), buffer)
    return buffer.getvalue()
