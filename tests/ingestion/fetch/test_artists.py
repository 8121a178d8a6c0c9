"""Artists' pictures: most played first, within the calls of a run, and never asked for twice."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from bench.harness.sandbox_client import Sandbox
from ingestion.fetch import artists, enrichment
from ingestion.fetch.catalogue import MissingTrack
from ingestion.models import Artist, Run, Stage, Track
from ingestion.operations import retention, runs
from ingestion.pipeline import snapshots
from spotifyweb import lake as lakes
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import LocalLake
from spotifyweb.warehouse.duckdb import CURRENT, DuckDBWarehouse, build_path
from tests.ingestion.conftest import NOON

pytestmark = pytest.mark.django_db


def enrich(who: Listener, wanted: list[str], *, calls: int, tracks: list[MissingTrack]) -> Run:
    return runs.run_safely(
        Stage.ENRICH,
        "",
        lambda run: enrichment.enrich(
            run, listener=who, missing=tracks, artists=wanted, calls=calls, now=NOON
        ),
        now=NOON,
    )


def some_artists(sandbox: Sandbox, count: int) -> list[str]:
    return [artist.artist_id for artist in sandbox.state.catalogue.artists[:count]]


def some_tracks(sandbox: Sandbox, count: int) -> list[MissingTrack]:
    return [MissingTrack(track_id=key) for key in list(sandbox.state.catalogue.tracks)[:count]]


@pytest.fixture
def gold(tmp_path: Path) -> DuckDBWarehouse:
    """A published build in which `often` was played more than `seldom`, by two listeners."""
    file = build_path(tmp_path, "20260501T110000Z-test")
    file.parent.mkdir(parents=True)
    with duckdb.connect(str(file)) as build:
        build.execute("create schema gold")
        build.execute(
            "create table gold.user_artists (artist_id text, content_type text, plays bigint)"
        )
        build.execute(
            "insert into gold.user_artists values ('seldom', 'track', 5), ('often', 'track', 3),"
            " ('often', 'track', 4), ('show', 'episode', 9), (null, 'track', 9)"
        )
    (tmp_path / CURRENT).write_text("20260501T110000Z-test")
    return DuckDBWarehouse(tmp_path)


def test_one_call_gives_one_artist_a_picture(mira: Listener, noon: Sandbox) -> None:
    wanted = some_artists(noon, 3)

    run = enrich(mira, wanted, calls=2, tracks=[])

    assert (run.counts["calls"], run.counts["artists"]) == (2, 2)
    known = Artist.objects.get(pk=wanted[0])
    assert known.artist_name == noon.state.catalogue.artists[0].name
    assert known.image_url.startswith(f"{noon.url}/image/ab67616100005174")  # 320 pixels
    assert not Artist.objects.filter(pk=wanted[2]).exists()


def test_missing_tracks_keep_two_thirds_of_the_calls(mira: Listener, noon: Sandbox) -> None:
    run = enrich(mira, some_artists(noon, 9), calls=6, tracks=some_tracks(noon, 200))

    assert (run.counts["calls"], run.counts["artists"]) == (6, 2)
    assert Track.objects.count() >= 4


def test_an_artist_unknown_to_spotify_is_not_asked_for_again(
    mira: Listener, gold: DuckDBWarehouse
) -> None:
    enrich(mira, ["often"], calls=1, tracks=[])

    assert Artist.objects.get().image_url == ""
    assert artists.missing_artists(gold, now=NOON) == ["seldom"]


def test_the_most_played_artists_come_first_and_outdated_ones_last(gold: DuckDBWarehouse) -> None:
    assert artists.missing_artists(gold, now=NOON) == ["often", "seldom"]

    Artist.objects.create(artist_id="old", fetched_at=NOON - timedelta(days=100))
    Artist.objects.create(artist_id="often", fetched_at=NOON)
    assert artists.missing_artists(gold, now=NOON) == ["seldom", "old"]


def test_before_the_first_build_nobody_is_missing(tmp_path: Path) -> None:
    assert artists.missing_artists(DuckDBWarehouse(tmp_path), now=NOON) == []


def test_a_failing_answer_leaves_the_artist_to_another_run(mira: Listener, noon: Sandbox) -> None:
    noon.fault("server_error", endpoint="artist", count=1)
    wanted = some_artists(noon, 2)

    run = enrich(mira, wanted, calls=2, tracks=[])

    assert (run.counts["unanswered"], run.counts["artists"]) == (1, 1)
    assert [artist.artist_id for artist in Artist.objects.all()] == wanted[1:]


def test_a_picture_that_could_not_be_renewed_is_deleted() -> None:
    Artist.objects.create(artist_id="old", fetched_at=NOON - timedelta(days=1000))
    Artist.objects.create(artist_id="new", fetched_at=NOON)

    assert retention.tidy(now=NOON)["artists"] == 1
    assert Artist.objects.get().artist_id == "new"


def test_artists_are_written_into_the_lake_for_the_build(tmp_path: Path) -> None:
    Artist.objects.create(artist_id="a", artist_name="Ada", image_url="face", fetched_at=NOON)
    lake = LocalLake(tmp_path)

    snapshots.write(lake, snapshots.collect())

    [row] = lakes.read_table(lake, lakes.snapshot_key("artists")).to_pylist()
    assert (row["artist_id"], row["artist_name"], row["image_url"]) == ("a", "Ada", "face")
