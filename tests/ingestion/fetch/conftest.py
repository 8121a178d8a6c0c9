"""A published build that says who is played and which albums are known."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from spotifyweb.warehouse.duckdb import CURRENT, DuckDBWarehouse, build_path

Gold = Callable[..., DuckDBWarehouse]
SCHEMA = """
create schema gold;
create table gold.artist_recency_weights (user_id text, artist_name text, recency_weight double);
create table gold.user_artists (
    user_id text, artist_name text, artist_id text, content_type text, plays bigint
);
create table gold.user_albums (
    user_id text, album_id text, content_type text, tracks bigint, plays bigint
);
create table gold.releases (
    release_track_id text, track_name text, artist_name text, album_name text, duration_ms bigint,
    image_url text, content_type text
);
create table gold.user_releases (release_track_id text, plays bigint);
"""


@pytest.fixture
def gold(tmp_path: Path) -> Gold:
    """A published build: user, artist's id and weight, and albums with tracks known of each."""

    def built(
        *pull: tuple[str, str, float], known: dict[str, int] | None = None
    ) -> DuckDBWarehouse:
        file = build_path(tmp_path, "20260501T110000Z-test")
        file.parent.mkdir(parents=True)
        with duckdb.connect(str(file)) as build:
            build.execute(SCHEMA)
            for user_id, artist_id, weight in pull:
                name = f"name of {artist_id}"
                build.execute(
                    "insert into gold.artist_recency_weights values (?, ?, ?)",
                    [user_id, name, weight],
                )
                build.execute(
                    "insert into gold.user_artists values (?, ?, ?, 'track', 5)",
                    [user_id, name, artist_id],
                )
            for album_id, tracks in (known or {}).items():
                build.execute(
                    "insert into gold.user_albums values ('mira', ?, 'track', ?, 9)",
                    [album_id, tracks],
                )
        (tmp_path / CURRENT).write_text("20260501T110000Z-test")
        return DuckDBWarehouse(tmp_path)

    return built
