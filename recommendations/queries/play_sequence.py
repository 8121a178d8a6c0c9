"""One listener's plays in order, kept in the process for as long as their build is published.

An answer looks at a few hundred short stretches of the sequence. Counting them in memory is cheaper
than a scan of all plays for each answer (docs/adr/0013).
"""

import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from spotifyweb.warehouse import Build, Warehouse

MOST_BYTES = 64 * 2**20  # in one process; a million plays take 28 MB
PLAYS = """
select play_no, track_no, session_no, local_hour, growth from gold.play_sequence
where listener_no = {listener_no} order by play_no
"""
EXCLUDED = 0  # in place of the numbers of an excluded play
TYPES = {
    "play_no": pa.int32(),
    "track_no": pa.int32(),
    "session_no": pa.int32(),
    "local_hour": pa.int32(),
    "growth": pa.float64(),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaySequence:
    """The play numbered n stands at place n - 1; an excluded one has track 0 and session 0."""

    columns: Mapping[str, pa.Array]  # of TYPES, but for play_no
    track_nos: "memoryview[int]"
    session_nos: "memoryview[int]"
    local_hours: "memoryview[int]"
    growth: "memoryview[float]"  # as growth_since_2020 in dbt/macros/recommendations.sql
    by_track: "memoryview[int]"  # places, a track's together, oldest first
    sorted_tracks: "memoryview[int]"  # the tracks of these

    @classmethod
    def of(cls, plays: pa.Table) -> "PlaySequence":
        """Return the sequence of rows that are ordered by play_no."""
        plays = pa.table({name: plays[name].cast(kind) for name, kind in TYPES.items()})
        plays = _with_gaps(plays.combine_chunks())
        columns = {name: _column(plays, name) for name in TYPES if name != "play_no"}
        return cls._of_columns(columns)

    @classmethod
    def _of_columns(cls, columns: Mapping[str, pa.Array]) -> "PlaySequence":
        by_track = pc.array_sort_indices(columns["track_no"]).cast(pa.int32())
        return cls(
            columns=columns,
            track_nos=_values(columns["track_no"]).cast("i"),
            session_nos=_values(columns["session_no"]).cast("i"),
            local_hours=_values(columns["local_hour"]).cast("i"),
            growth=_values(columns["growth"]).cast("d"),
            by_track=_values(by_track).cast("i"),
            sorted_tracks=_values(columns["track_no"].take(by_track)).cast("i"),
        )

    def extend(self, later: Mapping[str, Sequence[float]]) -> "PlaySequence":
        """Return a copy with later plays, by column, behind those of the build."""
        return self._of_columns(
            {
                name: pa.concat_arrays([column, pa.array(later[name], TYPES[name])])
                for name, column in self.columns.items()
            }
        )

    @property
    def nbytes(self) -> int:
        numbers = (self.track_nos, self.session_nos, self.local_hours, self.by_track)
        return sum(view.nbytes for view in (*numbers, self.sorted_tracks, self.growth))

    def positions(self, track_no: int | None) -> list[int]:
        """Return where a track was played, oldest first."""
        if not track_no:
            return []
        first = bisect_left(self.sorted_tracks, track_no)
        return self.by_track[first : bisect_right(self.sorted_tracks, track_no)].tolist()

    def after(self, place: int, most: int) -> list[int]:
        """Return the tracks of so many plays after a place, in its session; 0 for excluded ones."""
        return self._in_session(place, range(place + 1, place + most + 1))

    def before(self, place: int, most: int) -> list[int]:
        """Return the tracks of so many plays before a place, in its session, the nearest first."""
        return self._in_session(place, range(max(place - most, 0), place), step=-1)

    def _in_session(self, place: int, places: range, step: int = 1) -> list[int]:
        """Return the tracks from the place on, up to another session."""
        session = self.session_nos[place]
        tracks = self.track_nos[places.start : places.stop].tolist()[::step]
        sessions = self.session_nos[places.start : places.stop].tolist()[::step]
        if sessions and sessions[-1] == session:
            return tracks
        ends = (at for at, other in enumerate(sessions) if other not in (session, EXCLUDED))
        return tracks[: next(ends, len(tracks))]


def _with_gaps(plays: pa.Table) -> pa.Table:
    """Return the rows with one of zeros for each excluded play."""
    last = plays["play_no"][-1].as_py() if len(plays) else 0
    if last == len(plays):
        return plays
    at = pc.index_in(pa.arange(1, last + 1), value_set=plays["play_no"].cast(pa.int64()))
    rows = plays.take(at)
    return pa.table({name: pc.fill_null(rows[name], 0) for name in TYPES}).combine_chunks()


def _column(plays: pa.Table, name: str) -> pa.Array:
    return pa.concat_arrays(plays[name].chunks or [pa.array([], TYPES[name])])


def _values(column: pa.Array) -> memoryview:
    width, values = column.type.byte_width, memoryview(column.buffers()[1] or b"")
    return values[column.offset * width : (column.offset + len(column)) * width]


class _SequenceCache:
    """Sequences of one published build, the last that were read, up to MOST_BYTES."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._build: Build | None = None
        self._sequences: OrderedDict[int, PlaySequence] = OrderedDict()

    def get(self, build: Build, listener_no: int) -> PlaySequence | None:
        with self._lock:
            if build != self._build or listener_no not in self._sequences:
                return None
            self._sequences.move_to_end(listener_no)
            return self._sequences[listener_no]

    def put(self, build: Build, listener_no: int, sequence: PlaySequence) -> None:
        """Keep a sequence; nothing stays of another build, which may hold erased plays."""
        with self._lock:
            if build != self._build:
                self._sequences.clear()
                self._build = build
            self._sequences[listener_no] = sequence
            while sum(each.nbytes for each in self._sequences.values()) > MOST_BYTES:
                self._sequences.popitem(last=False)


_cache = _SequenceCache()


def play_sequence(warehouse: Warehouse, listener_no: int) -> PlaySequence:
    """Return a listener's plays in the published build. Raises WarehouseError."""
    pinned = warehouse.pinned()
    build = pinned.published()
    sequence = _cache.get(build, listener_no) if build else None
    if sequence is None:
        sequence = PlaySequence.of(pinned.arrow(PLAYS.format(listener_no=listener_no)))
        if build:
            _cache.put(build, listener_no, sequence)
    return sequence
