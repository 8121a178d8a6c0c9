"""A published build with the listening of alice and bob; charlie has none."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from django.conf import settings
from django.test import override_settings

from recommendations.evaluation import history, models
from spotifyweb import clients
from spotifyweb.warehouse.scratch import Scratch
from tests.recommendations import listening
from tests.recommendations.listening import AS_OF
from tests.recommendations.reference import Heard

BUILD = "20260301T120000Z-test"
HEARD = listening.plays("alice", sessions=60) + listening.plays("bob", sessions=40, tracks=90)
LEFT = Heard(
    "alice", listening.track_id(900), "nobody", AS_OF - timedelta(days=1), AS_OF - timedelta(days=1)
)
EXTRA = {
    "tracks": "select track_id, track_name, artist_name, 'An Album' as album_name, "
    "cast(null as varchar) as image_url, 'https://open.spotify.com/track/' || track_id as url "
    "from silver_tracks",
    "recent_plays": "select user_id, track_id, 'track' as content_type, "
    "started_at::timestamptz as started_at, played_at::timestamptz as ended_at from silver_plays",
    "build_info": f"select '{BUILD}' as build_id, timestamptz '2026-03-01 12:00:00+00' as as_of",
}


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a warehouse in which that build is published."""
    folder = tmp_path_factory.mktemp("recommending")
    (folder / "builds").mkdir()
    publish(folder, BUILD, HEARD, [LEFT])
    return folder


def publish(folder: Path, build_id: str, heard: list[Heard], left: list[Heard]) -> None:
    """By the evaluation's way of making the models: what dbt would make, in a tenth of the time."""
    path = folder / "builds" / f"{build_id}.duckdb"
    with Scratch() as scratch:
        listening.load(scratch, heard, left)
        history.only(scratch, sorted({play.user_id for play in heard}))
        history.until(scratch, AS_OF)
        models.build(scratch, as_of=AS_OF, parameters=settings.RECOMMENDING)
        scratch.execute(f"attach '{path}' as published")
        scratch.execute("create schema published.gold")
        scratch.execute("create schema published.silver")
        for name in models.ORDER:
            scratch.execute(f"create table published.gold.{name} as from {name}")
        for name, sql in EXTRA.items():
            scratch.execute(f"create table published.gold.{name} as {sql}")
        for name in ("silver_plays", "silver_skips", "silver_tracks"):
            scratch.execute(f"create table published.silver.{name} as from {name}")
    (folder / "CURRENT").write_text(build_id + "\n")


@pytest.fixture
def warehouse(build: Path) -> Iterator[Path]:
    """The house reads that build."""
    with override_settings(WAREHOUSE_URL=f"duckdb:///{build}"):
        clients.warehouse.cache_clear()
        yield build
    clients.warehouse.cache_clear()


@pytest.fixture
def no_warehouse(tmp_path: Path) -> Iterator[None]:
    with override_settings(WAREHOUSE_URL=f"duckdb:///{tmp_path}"):
        clients.warehouse.cache_clear()
        yield
    clients.warehouse.cache_clear()


def tables(build: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(build / "builds" / f"{BUILD}.duckdb"), read_only=True)
