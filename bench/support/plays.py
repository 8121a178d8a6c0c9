"""Invented plays by the million, made inside DuckDB: five years, sessions, favourites, habits."""

from datetime import datetime

from recommendations.evaluation import history
from spotifyweb.warehouse.scratch import Scratch

AS_OF = datetime(2026, 1, 1)  # noqa: DTZ001 the scratch tables hold naive UTC
PLAYS = """
create or replace table history as
with sessions as (
    select
        range as session, cast(hash(range) % {listeners} as integer) as listener,
        cast(hash(range, 1) % (5 * 365 * 24) as integer) as hour
    from range({plays} // 15)
),
plays as (
    select session, listener, hour, unnest(range(15)) as place from sessions
),
chosen as (
    select
        *,
        cast(hash(listener, session % 977, place // 4) % 1000003 as double) / 1000003 as dice
    from plays
),
tracked as (
    select
        listener,
        cast(power(dice, 3) * {tracks} + place % 4 + listener * 37 as integer) % {tracks} as track,
        timestamp '2020-12-31' + to_seconds(hour * 3600 + place * 215) as started_at
    from chosen
)
select
    'listener ' || listener as user_id,
    left(md5(cast(track as varchar)), 22) as track_id,
    'Song ' || track as track_name,
    'Artist ' || track // 12 as artist_name,
    cast(null as varchar) as album_name,
    started_at,
    started_at + to_seconds(205) as played_at,
    cast(started_at as date) as local_date,
    205000 as ms_played,
    track % 29 <> 0 as is_play,
    false as is_like
from tracked
"""


def generate(
    scratch: Scratch, *, plays: int, listeners: int = 5, tracks: int = 80_000
) -> list[str]:
    """Make `history` and silver; the ids of the listeners."""
    scratch.execute(PLAYS.format(plays=plays, listeners=listeners, tracks=tracks))
    user_ids = [f"listener {number}" for number in range(listeners)]
    history.load_sessions(scratch, user_ids)
    history.cut_at(scratch, AS_OF)
    return user_ids
