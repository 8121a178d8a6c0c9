"""Which plays were told by several sources, and what each of them said: the evidence."""

from dataclasses import dataclass, field

from spotifyweb.warehouse import Row, Warehouse

COUNTED = """
    select count(*) as merged, count(distinct play_event_id) as plays
    from silver.silver_merged where user_id = ?
"""
MERGED = """
    with plays as (
        select listens.event_id, listens.track_id, listens.track_name, listens.artist_name,
            listens.local_at, listens.ended_at, listens.source,
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
    select page.*, members.matched_by, events.source as told_by, events.played_at as told_at,
        events.ms_played as told_ms, events.device_type as told_device
    from page
    inner join members on members.play_event_id = page.event_id
    inner join silver.silver_events as events on events.event_id = members.event_id
    order by page.place, case when members.matched_by = 'kept' then 0 else 1 end, told_by
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """One play and what was said of it; the first telling is the one that is kept."""

    play: Row
    tellings: list[Row] = field(default_factory=list)


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
