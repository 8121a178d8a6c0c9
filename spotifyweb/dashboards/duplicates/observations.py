"""Plays that several sources reported, with the observation of each source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spotifyweb.lake.sources import source_of
from spotifyweb.warehouse import Row, Warehouse, placeholders

COUNTS = """
    select count(*) as observations, count(distinct play_event_id) as plays
    from gold.observations where user_id = ? and matched_by is not null
"""
MERGED_PLAYS = """
    with plays as (
        select listens.event_id, listens.track_id, listens.track_name, listens.artist_name,
            listens.local_at,
            row_number() over (order by listens.ended_at desc, listens.event_id) as place
        from gold.listens as listens
        where listens.user_id = ? and listens.event_id in (
            select play_event_id from gold.observations
            where user_id = ? and matched_by is not null
        )
    ),
    page as (select * from plays where place > ? and place <= ?)
    select page.*, coalesce(events.matched_by, 'kept') as matched_by,
        events.event_id as observation_id, events.event_type, events.source, events.played_at,
        events.started_at, events.ms_played, events.duration_ms, events.device_type
    from page
    inner join gold.observations as events on events.play_event_id = page.event_id
    where events.user_id = ?
    order by page.place, case when events.matched_by is null then 0 else 1 end, events.source,
        events.played_at
"""
EVENTS = """
    select event_id, event_type, track_id, track_name, artist_name, source, played_at, started_at,
        ms_played, duration_ms, device_type
    from gold.observations where user_id = ? and event_id in ({placeholders})
"""
ONE_PLAY = """
    select event_id, play_event_id from gold.observations
    where user_id = ? and event_id in (?, ?)
"""
APPLIED_SEPARATIONS = """
    select first_event_id, second_event_id from gold.separations where user_id = ?
"""
Pair = tuple[str, str]  # ids of two events, sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPlay:
    """A play and its observations, first the one that is kept."""

    play: Row
    observations: list[Row] = field(default_factory=list)

    @property
    def others(self) -> list[Row]:
        """All observations but the one that is kept."""
        return [row for row in self.observations if row["matched_by"] != "kept"]


def merged_counts(warehouse: Warehouse, user_id: str) -> Row:
    """Count `plays` with several observations, and the `observations` that are not kept."""
    return warehouse.rows(COUNTS, [user_id])[0]


def merged_plays(
    warehouse: Warehouse, user_id: str, *, limit: int, offset: int
) -> list[MergedPlay]:
    """Return a page of merged plays, newest first."""
    rows = warehouse.rows(MERGED_PLAYS, [user_id, user_id, offset, offset + limit, user_id])
    plays: dict[str, MergedPlay] = {}
    for row in rows:
        plays.setdefault(row["event_id"], MergedPlay(play=row)).observations.append(row)
    return list(plays.values())


def event_pair(ids: Iterable[str]) -> Pair | None:
    """Return two different ids sorted, None for anything else."""
    pair = sorted(set(ids))
    return (pair[0], pair[1]) if len(pair) == 2 else None


def is_one_play(warehouse: Warehouse, user_id: str, pair: Pair) -> bool:
    """Return whether the published build has both merged into one play of that listener."""
    rows = warehouse.rows(ONE_PLAY, [user_id, *pair])
    return len(rows) == 2 and len({row["play_event_id"] for row in rows}) == 1


def applied_separations(warehouse: Warehouse, user_id: str) -> set[Pair]:
    """Return the separations that the published build applied."""
    rows = warehouse.rows(APPLIED_SEPARATIONS, [user_id])
    return {(row["first_event_id"], row["second_event_id"]) for row in rows}


def read_events(warehouse: Warehouse, user_id: str, ids: Sequence[str]) -> dict[str, Row]:
    """Return events of that listener by id."""
    if not ids:
        return {}
    sql = EVENTS.format(placeholders=placeholders(ids))
    return {row["event_id"]: row for row in warehouse.rows(sql, [user_id, *ids])}


def source_rank(event: Row) -> tuple[int, str]:
    """Return the sort key that puts the best source first."""
    return source_of(event["source"]).rank, event["event_id"]
