"""A listener's plays in memory: the same as gold's, with places for excluded ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from recommendations.queries import play_sequence
from recommendations.queries.play_sequence import PlaySequence
from spotifyweb.warehouse import Build

#       play_no, track_no, session_no, local_hour, growth
PLAYS = [(1, 7, 1, 20, 1.0), (2, 8, 1, 20, 1.1), (4, 7, 1, 21, 1.2), (6, 9, 2, 8, 1.3)]
FIRST = Build(build_id="first", published_at=datetime(2026, 11, 1, tzinfo=UTC))


def table(plays: Sequence[tuple[float, ...]]) -> pa.Table:
    """As DuckDB may answer: wider numbers than needed."""
    names = ("play_no", "track_no", "session_no", "local_hour", "growth")
    columns = zip(*plays, strict=True) if plays else [()] * 5
    kinds = [pa.int64()] * 4 + [pa.float64()]
    return pa.table(
        [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)], names=names
    )


@dataclass(slots=True)
class Warehouse:
    """One listener's plays, and how often they were read."""

    build: Build | None = FIRST
    reads: list[str] = field(default_factory=list)

    def published(self) -> Build | None:
        return self.build

    def pinned(self) -> "Warehouse":
        return replace(self)

    def rows(self, sql: str, params: object = ()) -> list[dict[str, object]]:
        raise NotImplementedError

    def arrow(self, sql: str, params: object = ()) -> pa.Table:
        assert not params
        self.reads.append(sql)
        return table(PLAYS)

    def close(self) -> None:
        """Nothing is open."""


def test_an_excluded_play_keeps_its_place_and_is_no_evidence() -> None:
    sequence = PlaySequence.of(table(PLAYS))
    assert sequence.positions(7) == [0, 3]
    assert sequence.positions(0) == sequence.positions(None) == sequence.positions(99) == []
    assert sequence.after(0, 20) == [8, 0, 7, 0]
    assert sequence.before(3, 2) == [0, 8]
    assert sequence.growth[3] == 1.2
    assert sequence.local_hours[5] == 8


def test_a_session_ends_where_the_next_begins() -> None:
    sequence = PlaySequence.of(table(PLAYS))
    assert sequence.after(5, 20) == []
    assert sequence.before(5, 20) == [0]


def test_a_part_of_a_longer_table_is_read_from_where_it_begins() -> None:
    sequence = PlaySequence.of(table([*PLAYS[:2], (3, 5, 2, 1, 2.0)]).slice(0, 2))
    assert sequence.after(0, 20) == [8]


def test_nobody_has_an_empty_sequence() -> None:
    sequence = PlaySequence.of(table([]))
    assert sequence.positions(7) == []
    assert sequence.nbytes == 0


def test_a_build_is_read_once_for_each_listener() -> None:
    warehouse = Warehouse()
    for listener_no in (1, 2, 1, 2):
        assert play_sequence.play_sequence(warehouse, listener_no).positions(9) == [5]
    assert len(warehouse.reads) == 2
    warehouse.build = replace(FIRST, build_id="second")
    play_sequence.play_sequence(warehouse, 1)
    play_sequence.play_sequence(warehouse, 1)
    assert len(warehouse.reads) == 3


def test_nothing_is_kept_of_what_was_never_published() -> None:
    warehouse = Warehouse(build=None)
    play_sequence.play_sequence(warehouse, 1)
    play_sequence.play_sequence(warehouse, 1)
    assert len(warehouse.reads) == 2


def test_the_oldest_goes_when_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    size = PlaySequence.of(table(PLAYS)).nbytes
    monkeypatch.setattr(play_sequence, "MOST_BYTES", 2 * size)
    warehouse = Warehouse(build=replace(FIRST, build_id="third"))
    for listener_no in (1, 2, 1, 3, 1, 2):
        play_sequence.play_sequence(warehouse, listener_no)
    assert [sql.count("listener_no = 2") for sql in warehouse.reads] == [0, 1, 0, 1]


def test_a_sequence_larger_than_the_room_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play_sequence, "MOST_BYTES", 10)
    warehouse = Warehouse(build=replace(FIRST, build_id="fourth"))
    for _ in range(2):
        assert play_sequence.play_sequence(warehouse, 1).positions(7) == [0, 3]
    assert len(warehouse.reads) == 2
