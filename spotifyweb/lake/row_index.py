"""Which records a dataset holds: what is read from the log once more lands only where it lacks."""

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spotifyweb.lake import parts
from spotifyweb.lake.base import Lake, ObjectNotFound
from spotifyweb.lake.bronze import read_table, write_table
from spotifyweb.lake.parts import Part

EVENTS, REJECTS = ("log_offset", "event_id"), ("offset", "raw")


class RowIndex:
    """The rows below a prefix, by partition, offset and a second column.

    An offset alone does not do: a topic that was made anew counts from nought again.
    """

    def __init__(
        self, lake: Lake, prefix: str, columns: tuple[str, str], *, now: Callable[[], datetime]
    ) -> None:
        self._lake, self._prefix, self._columns, self._now = lake, prefix, columns, now
        self._last: dict[str, str] = {}  # key -> last offset of the part

    def missing(self, table: pa.Table, partition: int) -> pa.Table:
        """Return the rows that the lake does not hold. Raises LakeError."""
        if not table.num_rows:
            return table
        names = self._names(table)
        is_here = pa.array([False] * table.num_rows)
        first, last = (str(pc.min_max(table[self._columns[0]])[end]) for end in ("min", "max"))
        for found in self._near(partition, first, last):
            is_here = pc.or_(is_here, pc.is_in(names, self._names(found)))
        return table.filter(pc.invert(is_here))

    def _near(self, partition: int, first: str, last: str) -> Iterator[pa.Table]:
        """Yield offsets and events of the parts that may hold some between these offsets."""
        listed = parts.parse_all(self._lake.keys(self._prefix))
        for part in parts.valid(listed, at=self._now()):
            is_before = self._last.get(part.key, last) < first
            if part.partition != partition or part.first > last or is_before:
                continue
            if (found := self._read(part)) is not None:
                yield found

    def _read(self, part: Part) -> pa.Table | None:
        try:
            data = self._lake.get(part.key)
        except ObjectNotFound:  # an erasure emptied it since the listing
            return None
        table = pq.read_table(io.BytesIO(data), columns=list(self._columns))
        self._last[part.key] = str(pc.max(table[self._columns[0]]))
        return table

    def _names(self, table: pa.Table) -> pa.ChunkedArray:
        texts = [pc.cast(table[column], pa.binary()) for column in self._columns]
        return pc.binary_join_element_wise(*texts, b"/")


def add_rows(lake: Lake, key: str, table: pa.Table, *, order: str = "log_offset") -> None:
    """Write rows beside those that the object holds already, in the order of the log."""
    with suppress(ObjectNotFound):
        table = pa.concat_tables([read_table(lake, key), table], promote_options="default")
    write_table(lake, key, table.sort_by(order).combine_chunks())
