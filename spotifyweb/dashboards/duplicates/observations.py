"""Which plays were told by several sources, and what each of them said: the evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spotifyweb.warehouse import Row, Warehouse

COUNTED = """
    select count(*) as merged, count(distinct play_event_id) as plays
    from silver.silver_merged where user_id = ?
"""
MERGED = """
    with plays as (
        select listens.event_id, listens.track_id, listens.track_name, listens.artist_name,
            listens.local_at,
            row_number() over (order by listens.ended_at desc, listens.event_id) as place
        from silver.silver_listens as listens
        where listens.user_id = ? and listens.event_id in (
            select play_event_id from silver.silver_merged where user_id = ?
        )
    ),
    page as (select * from plays where place > ? and place <= ?),
    members as (
        select event_id as play_event_id, event_id, 'kept' as matched_by from page
        union all
        select merged.play_event_id, merged.event_id, merged.matched_by
        from silver.silver_merged as merged inner join page on page.event_id = merged.play_event_id
        where merged.user_id = ?
    )
    select page.*, members.matched_by, members.event_id as telling_id, events.event_type,
        events.source, events.played_at, events.started_at, events.ms_played, events.duration_ms,
        events.device_type
    from page
    inner join members on members.play_event_id = page.event_id
    inner join silver.silver_events as events on events.event_id = members.event_id
    order by page.place, case when members.matched_by = 'kept' then 0 else 1 end, events.source,
        events.played_at
"""
EVENTS = """
    select event_id, event_type, track_id, track_name, artist_name, source, played_at, started_at,
        ms_played, duration_ms, device_type
    from silver.silver_events where user_id = ? and event_id in ({marks})
"""
ONE_PLAY = """
    select events.event_id, coalesce(merged.play_event_id, events.event_id) as play_event_id
    from silver.silver_events as events
    left join silver.silver_merged as merged
        on merged.event_id = events.event_id and merged.user_id = events.user_id
    where events.user_id = ? and events.event_id in (?, ?)
"""
KEPT_APART = """
    select first_event_id, second_event_id from silver.silver_separations where user_id = ?
"""
BEST_FIRST = ("extended_history", "player", "simulation", "recently_played", "account_data")
Pair = tuple[str, str]  # ids of two events, sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """One play and what was said of it; the first telling is the one that is kept."""

    play: Row
    tellings: list[Row] = field(default_factory=list)

    @property
    def others(self) -> list[Row]:
        """All tellings but the one that is kept."""
        return [row for row in self.tellings if row["matched_by"] != "kept"]


def count(warehouse: Warehouse, user_id: str) -> int:
    """Tellings that were found to be of a play told better by another source."""
    return int(warehouse.rows(COUNTED, [user_id])[0]["merged"])


def plays(warehouse: Warehouse, user_id: str) -> int:
    """Plays that more than one telling speaks of."""
    return int(warehouse.rows(COUNTED, [user_id])[0]["plays"])


def merged(warehouse: Warehouse, user_id: str, *, limit: int, offset: int) -> list[Merged]:
    """The newest first."""
    rows = warehouse.rows(MERGED, [user_id, user_id, offset, offset + limit, user_id])
    found: dict[str, Merged] = {}
    for row in rows:
        found.setdefault(row["event_id"], Merged(play=row)).tellings.append(row)
    return list(found.values())


def pair_of(ids: Iterable[str]) -> Pair | None:
    """Two different ids, sorted; none where these are not two."""
    found = sorted(set(ids))
    return (found[0], found[1]) if len(found) == 2 else None


def is_one_play(warehouse: Warehouse, user_id: str, pair: Pair) -> bool:
    """Whether the published build takes both for one play of that listener."""
    rows = warehouse.rows(ONE_PLAY, [user_id, *pair])
    return len(rows) == 2 and len({row["play_event_id"] for row in rows}) == 1


def kept_apart(warehouse: Warehouse, user_id: str) -> set[Pair]:
    """The decisions that the published build knows."""
    rows = warehouse.rows(KEPT_APART, [user_id])
    return {(row["first_event_id"], row["second_event_id"]) for row in rows}


def events(warehouse: Warehouse, user_id: str, ids: Sequence[str]) -> dict[str, Row]:
    """By their ids, and only of that listener."""
    if not ids:
        return {}
    sql = EVENTS.format(marks=", ".join("?" * len(ids)))
    return {row["event_id"]: row for row in warehouse.rows(sql, [user_id, *ids])}


def better_first(event: Row) -> tuple[int, str]:
    source = event["source"]
    return BEST_FIRST.index(source) if source in BEST_FIRST else len(BEST_FIRST), event["event_id"]
