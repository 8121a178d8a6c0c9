"""What was listened to, in a scratch warehouse: from a Parquet file or from the install itself.

`history` has one row per start of a track: user_id, track_id, track_name, artist_name, album_name,
started_at, played_at, is_play. `until` cuts it: the silver tables hold nothing later.
"""

from datetime import datetime
from pathlib import Path

from spotifyweb.warehouse import Warehouse
from spotifyweb.warehouse.scratch import Scratch

PLAY_MS = 30_000  # a shorter start is a skip; an unknown length counts as a play

FROM_PARQUET = """
create or replace table history as
select
    cast(user_id as varchar) as user_id,
    cast(track_id as varchar) as track_id,
    cast(track_id as varchar) as track_name,
    cast(artist_name as varchar) as artist_name,
    cast(null as varchar) as album_name,
    cast(played_at as timestamp) - to_milliseconds(coalesce({ms_played}, 0)) as started_at,
    cast(played_at as timestamp) as played_at,
    cast(played_at as date) as local_date,
    cast({ms_played} as bigint) as ms_played,
    coalesce({ms_played} >= {play_ms}, true) as is_play,
    false as is_like
from read_parquet(?)
where user_id is not null and track_id is not null and played_at is not null
"""

FROM_INSTALL = """
select user_id, track_id, track_name, artist_name, album_name, started_at, played_at, local_date,
    ms_played, {is_play} as is_play, false as is_like
from silver.{table}
where content_type = 'track'
"""


def from_parquet(scratch: Scratch, path: Path) -> None:
    """Needs user_id, track_id, artist_name and played_at; ms_played where it is known."""
    described = scratch.tuples("describe select * from read_parquet(?)", [str(path)])
    columns = {str(row[0]) for row in described}
    missing = {"user_id", "track_id", "artist_name", "played_at"} - columns
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(sorted(missing))}")
    ms_played = "ms_played" if "ms_played" in columns else "null"
    scratch.execute(FROM_PARQUET.format(ms_played=ms_played, play_ms=PLAY_MS), [str(path)])


def from_install(scratch: Scratch, warehouse: Warehouse) -> None:
    """This install's own listening, from the published build."""
    rows = []
    for table, is_play in (("silver_plays", "true"), ("silver_skips", "false")):
        rows += warehouse.rows(FROM_INSTALL.format(table=table, is_play=is_play))
    scratch.table("history", rows)


def only(scratch: Scratch, user_ids: list[str]) -> None:
    """Leave one install's listeners in `house`, the history that is evaluated now."""
    marks = ", ".join("?" for _ in user_ids)
    scratch.execute(
        f"create or replace table house as select * from history where user_id in ({marks})",
        user_ids,
    )


def until(scratch: Scratch, moment: datetime) -> None:
    """Silver as it stood at that moment."""
    before = "from house where played_at < cast(? as timestamp)"
    stamp = [moment.replace(tzinfo=None)]
    plays = "user_id, track_id, artist_name, started_at, played_at, local_date, ms_played"
    plays += ", started_at as local_at, 'track' as content_type"
    for table, which in (("silver_plays", "is_play"), ("silver_skips", "not is_play")):
        scratch.execute(
            f"create or replace table {table} as select {plays} {before} and {which}", stamp
        )
    scratch.execute(
        "create or replace table silver_tracks as select track_id, any_value(track_name) as "
        "track_name, min(artist_name) as artist_name, 'track' as content_type "
        f"{before} group by track_id",
        stamp,
    )
    scratch.execute(
        "create or replace table silver_likes as select user_id, track_id, played_at as liked_at "
        f"{before} and is_like",
        stamp,
    )
