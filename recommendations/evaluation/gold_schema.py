"""One install, read as API and pages read it: the queries of one listener on a scratch warehouse.

What is measured is what is served: its models are found in the schema `gold` like a build's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from recommendations.evaluation import sql_models
from recommendations.parameters import Parameters
from recommendations.queries import ListenerQueries
from spotifyweb.warehouse import Build, Row
from spotifyweb.warehouse.scratch import Scratch

OTHERS = {  # what else recommendations read of gold
    "tracks": "select track_id, track_name, artist_name, 'An Album' as album_name, "
    "cast(null as varchar) as image_url, 'https://open.spotify.com/track/' || track_id as url "
    "from main.silver_tracks",
    "numbered_tracks": "select * from main.numbered_tracks "
    "union all by name select * from main.catalogue "
    "where track_id not in (select track_id from main.silver_tracks)",
    "releases": "select track_id as release_track_id, track_id, track_name, artist_name, "
    "'An Album' as album_name, cast(null as varchar) as image_url, "
    "'https://open.spotify.com/track/' || track_id as url from gold.numbered_tracks",
    "recent_plays": "select user_id, track_id, 'track' as content_type, "
    "started_at::timestamptz as started_at, played_at::timestamptz as ended_at "
    "from main.silver_plays "
    "qualify row_number() over (partition by user_id order by played_at desc) <= 500",
    "corrections": "select user_id, 'artist' as kind, artist_spelling as name, "
    "artist_name as corrected_name from main.silver_own_artists",
    "build_info": "select 'made' as build_id",
}


@dataclass(frozen=True, slots=True)
class ScratchWarehouse:
    """A scratch warehouse with the readers' protocol."""

    scratch: Scratch

    def published(self) -> Build | None:
        return None

    def pinned(self) -> "ScratchWarehouse":
        return self

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        return self.scratch.rows(sql, params)

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        return self.scratch.arrow(sql, params)

    def close(self) -> None:
        """Leave it to whom it belongs."""


def publish(scratch: Scratch) -> None:
    """Make the schema `gold` of the models that `sql_models.build` made."""
    scratch.execute("create schema if not exists gold")
    named = {name: f"from main.{name}" for name in sql_models.ORDER}
    for name, sql in {**named, **OTHERS}.items():
        scratch.execute(f"create or replace view gold.{name} as {sql}")


def listener_queries(
    scratch: Scratch, user_id: str, parameters: Parameters, *, members: frozenset[str]
) -> ListenerQueries:
    return ListenerQueries(
        warehouse=ScratchWarehouse(scratch),
        user_id=user_id,
        parameters=parameters,
        in_household=user_id in members,
    )


def household_members(scratch: Scratch) -> frozenset[str]:
    rows = scratch.tuples("select user_id from household_members")
    return frozenset(str(row[0]) for row in rows)
