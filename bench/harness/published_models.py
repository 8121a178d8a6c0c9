"""A published build with the recommendation models as the evaluation makes them.

It holds what dbt makes, in a tenth of the time, for tests and benches that only read it.
"""

from datetime import datetime
from pathlib import Path

from recommendations.evaluation import history, sql_models
from recommendations.parameters import Parameters
from spotifyweb.warehouse.duckdb import build_path
from spotifyweb.warehouse.scratch import Scratch

EXTRA = {
    "tracks": "select track_id, track_name, artist_name, 'An Album' as album_name, "
    "cast(null as varchar) as image_url, 'https://open.spotify.com/track/' || track_id as url "
    "from silver_tracks",
    "releases": "select track_id as release_track_id, track_id, track_name, artist_name, "
    "'An Album' as album_name, cast(null as varchar) as image_url, "
    "'https://open.spotify.com/track/' || track_id as url from silver_tracks",
    "recent_plays": "select user_id, track_id, 'track' as content_type, "
    "started_at::timestamptz as started_at, played_at::timestamptz as ended_at from silver_plays "
    "qualify row_number() over (partition by user_id order by played_at desc) <= 500",
    "corrections": "select user_id, 'artist' as kind, artist_spelling as name, "
    "artist_name as corrected_name from silver_own_artists",
    "build_info": "select 'made' as build_id",
}


def publish(
    folder: Path, build_id: str, scratch: Scratch, user_ids: list[str], *, as_of: datetime
) -> None:
    """Make the models of the table `history` and publish them below `folder`."""
    path = build_path(folder, build_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    history.load_sessions(scratch, user_ids)
    history.cut_at(scratch, as_of)
    sql_models.build(scratch, as_of=as_of, parameters=Parameters())
    scratch.execute(f"attach '{path}' as published")
    scratch.execute("create schema published.gold")
    for name in sql_models.ORDER:
        scratch.execute(f"create table published.gold.{name} as from {name}")
    for name, sql in EXTRA.items():
        scratch.execute(f"create table published.gold.{name} as {sql}")
    scratch.execute("detach published")
    (folder / "CURRENT").write_text(build_id + "\n")
