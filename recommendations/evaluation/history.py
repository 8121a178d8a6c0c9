"""What was listened to, in a scratch warehouse: from a Parquet file or from the install itself.

`history` has one row per start of a track: user_id, track_id, track_name, artist_name, album_name,
started_at, played_at, is_play. `only` gives one install's rows their sessions, `until` cuts them:
the silver tables hold nothing later.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from recommendations.evaluation import sql_models
from recommendations.parameters import Parameters
from recommendations.queries import LivePlay
from spotifyweb.events import PLAY_MIN_MS
from spotifyweb.warehouse import Warehouse, placeholders
from spotifyweb.warehouse.scratch import Scratch

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
    coalesce({ms_played} >= {play_ms}, true) as is_play, -- of unknown length: a play
    false as is_like
from read_parquet(?)
where user_id is not null and track_id is not null and played_at is not null
"""

FROM_INSTALL = """
select listens.user_id, listens.track_id, track_name, listens.artist_name, album_name, started_at,
    played_at, local_date, ms_played, event_type = 'play' as is_play, false as is_like
from gold.eligible_listens as listens
inner join gold.tracks as tracks on tracks.track_id = listens.track_id
"""
INSTALL_HISTORY = """
create or replace table install_history as
with ordered as (
    select * replace (cast(album_name as varchar) as album_name),
        row_number() over (order by played_at, started_at, user_id, track_id) as event_id
    from history where user_id in ({user_ids})
),
quiet as (
    select *, lag(
        {{{{ quiet_from_ms('epoch_ms(started_at)', 'epoch_ms(played_at)', 'ms_played') }}}}
    ) over (partition by user_id order by event_id) as quiet_since_ms
    from ordered
)
select * exclude (quiet_since_ms), last_value(
    case when {{{{ begins_session('epoch_ms(started_at)', 'quiet_since_ms') }}}} then event_id end
    ignore nulls
) over (partition by user_id order by event_id rows unbounded preceding) as session_id
from quiet
"""
LISTENS = """
create or replace table silver_listens as
select *, track_id as release_track_id, track_id as shared_track_id,
    lower(artist_name) as folded_artist_name,
    lower(album_name) as folded_album_name,
    case when is_play then 'play' else 'skip' end as event_type, 'track' as content_type,
    started_at as local_at, cast(null as varchar) as context,
    cast(null as varchar) as device_name, cast(null as varchar) as device_type
from install_history where played_at < cast(? as timestamp)
"""
SILVER = {
    "silver_plays": "select * from silver_listens where event_type = 'play'",
    "silver_skips": "select * from silver_listens where event_type = 'skip'",
    "silver_sessions": "select session_id, user_id, min(started_at) as started_at "
    "from silver_listens group by all",
    "silver_tracks": "select track_id, any_value(track_name) as track_name, min(artist_name) as "
    "artist_name, min(artist_name) as artist_spelling, min(album_name) as album_name, "
    "cast(null as varchar) as album_id, 'track' as content_type, "
    "min(folded_artist_name) as folded_artist_name, "
    "min(folded_album_name) as folded_album_name, "
    "track_id as recording_id from silver_listens group by track_id",
    "silver_recordings": "select track_id, track_id as recording_id, "
    "track_id as representative_id from silver_tracks",
    "silver_own_recordings": "select user_id, track_id, track_id as representative_id "
    "from silver_listens where false",
    "silver_own_artists": "select user_id, artist_name as artist_spelling, artist_name, "
    "folded_artist_name from silver_listens where false",
    "user_releases": "select distinct user_id, track_id as shared_track_id from silver_listens",
    "silver_likes": "select user_id, track_id, played_at as liked_at from silver_listens "
    "where is_like",
}
MEMBERS = """
create or replace table bronze_household_members as
select distinct user_id from install_history where user_id in ({user_ids})
"""
LATER = """
select user_id, track_id, started_at, played_at as ended_at from install_history
where is_play and played_at >= cast(? as timestamp) order by event_id
"""
# What the build knows by name and nobody has heard: the API knows the artist of such a track, too
UNHEARD = """
select track_id, track_name, artist_name, artist_spelling, album_name from gold.numbered_tracks
where track_id not in (select track_id from gold.eligible_listens)
"""
CATALOGUE = """
create table if not exists catalogue (
    track_id varchar, track_name varchar, artist_name varchar, artist_spelling varchar,
    album_name varchar
)
"""
RULES = """
create or replace table bronze_rules (
    user_id varchar, kind varchar, value varchar, folded_value varchar,
    from_hour integer, until_hour integer
)
"""
ALBUMS = """
create or replace table bronze_albums (album_id varchar, released_on date, total_tracks bigint)
"""


def from_parquet(scratch: Scratch, path: Path) -> None:
    """Load a file of user_id, track_id, artist_name and played_at; ms_played where it is known.

    Raises ValueError where a column is missing.
    """
    described = scratch.tuples("describe select * from read_parquet(?)", [str(path)])
    columns = {str(row[0]) for row in described}
    missing = {"user_id", "track_id", "artist_name", "played_at"} - columns
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(sorted(missing))}")
    ms_played = "ms_played" if "ms_played" in columns else "null"
    scratch.execute(FROM_PARQUET.format(ms_played=ms_played, play_ms=PLAY_MIN_MS), [str(path)])


def from_install(scratch: Scratch, warehouse: Warehouse) -> frozenset[str]:
    """Load what counts of this install's listening; returns the household's members."""
    scratch.load("history", warehouse.arrow(FROM_INSTALL))
    scratch.execute(CATALOGUE)
    if unheard := warehouse.rows(UNHEARD):
        scratch.table("catalogue", unheard)
    return frozenset(
        row["user_id"] for row in warehouse.rows("select user_id from gold.household_members")
    )


def load_sessions(
    scratch: Scratch,
    user_ids: list[str],
    *,
    members: Collection[str] | None = None,
    parameters: Parameters = sql_models.DEFAULTS,
) -> None:
    """Leave one install's listeners in `install_history`, which is evaluated now.

    `members` are those who joined its household; by default everybody did.
    """
    sql = INSTALL_HISTORY.format(user_ids=placeholders(user_ids))
    scratch.execute(sql_models.render_text(sql, parameters=parameters), user_ids)
    joined = user_ids if members is None else [user for user in user_ids if user in members]
    scratch.execute(MEMBERS.format(user_ids=placeholders(joined)), joined)
    scratch.execute(RULES)
    scratch.execute(CATALOGUE)
    scratch.execute(ALBUMS)


def cut_at(scratch: Scratch, moment: datetime) -> None:
    """Make the silver tables as they stood at that moment."""
    scratch.execute(LISTENS, [moment.replace(tzinfo=None)])
    for name, sql in SILVER.items():
        scratch.execute(f"create or replace table {name} as {sql}")


def later_plays(scratch: Scratch, moment: datetime) -> dict[str, list[LivePlay]]:
    """Return each listener's plays from that moment on, oldest first."""
    found: dict[str, list[LivePlay]] = defaultdict(list)
    for row in scratch.rows(LATER, [moment.replace(tzinfo=None)]):
        play = LivePlay(
            track_id=row["track_id"],
            started_at=row["started_at"].replace(tzinfo=UTC),
            ended_at=row["ended_at"].replace(tzinfo=UTC),
        )
        found[row["user_id"]].append(play)
    return dict(found)
