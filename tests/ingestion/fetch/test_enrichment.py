"""Unknown lengths and covers: most played first, few calls, and never the same question twice."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from bench.harness.sandbox_client import Sandbox
from ingestion.fetch import catalogue, enrichment
from ingestion.fetch.catalogue import MissingTrack
from ingestion.models import Run, Stage, Track
from ingestion.operations import runs
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.warehouse.duckdb import CURRENT, DuckDBWarehouse, build_path
from tests.ingestion.conftest import NOON

pytestmark = pytest.mark.django_db
Build = Callable[..., DuckDBWarehouse]


@pytest.fixture
def gold(tmp_path: Path) -> Build:
    """A published build in which these tracks were played, the first one most."""

    def built(*wanted: MissingTrack) -> DuckDBWarehouse:
        file = build_path(tmp_path, "20260501T110000Z-test")
        file.parent.mkdir(parents=True)
        with duckdb.connect(str(file)) as build:
            build.execute("create schema gold")
            build.execute(
                "create table gold.releases (release_track_id text, track_name text,"
                " artist_name text, album_name text, duration_ms bigint, image_url text,"
                " content_type text)"
            )
            build.execute("create table gold.user_releases (release_track_id text, plays bigint)")
            for number, one in enumerate(wanted):
                row = [one.track_id, one.track_name, one.artist_name, one.album_name]
                build.execute(
                    "insert into gold.releases values (?, ?, ?, ?, null, '', 'track')", row
                )
                plays = [one.track_id, 100 - number]
                build.execute("insert into gold.user_releases values (?, ?)", plays)
        (tmp_path / CURRENT).write_text("20260501T110000Z-test")
        return DuckDBWarehouse(tmp_path)

    return built


def unknown(sandbox: Sandbox, count: int) -> list[MissingTrack]:
    """Tracks as a history knows them: an id and names, each on an album of its own."""
    albums: dict[str, MissingTrack] = {}
    for track in sandbox.state.catalogue.tracks.values():
        album = track.album.album_id
        albums.setdefault(album, MissingTrack(track_id=track.track_id, track_name=track.name))
    return list(albums.values())[:count]


def of_one_album(sandbox: Sandbox) -> list[MissingTrack]:
    album = max(
        (track.album for track in sandbox.state.catalogue.tracks.values()),
        key=lambda one: len(one.tracks),
    )
    return [
        MissingTrack(track_id=track.track_id, artist_name="Band", album_name=album.name)
        for track in album.tracks
    ]


def enrich(who: Listener, wanted: list[MissingTrack], *, calls: int = 10) -> Run:
    return runs.run_safely(
        Stage.ENRICH,
        "",
        lambda run: enrichment.enrich(run, listener=who, missing=wanted, calls=calls, now=NOON),
        now=NOON,
    )


def test_each_call_fills_a_length_and_a_cover(mira: Listener, noon: Sandbox) -> None:
    run = enrich(mira, unknown(noon, 3))

    assert (run.counts["calls"], run.counts["tracks"], run.counts["left"]) == (3, 3, 0)
    assert Track.objects.exclude(duration_ms=None).exclude(image_url="").count() == 3


def test_an_album_fills_all_of_its_tracks_that_are_wanted(mira: Listener, noon: Sandbox) -> None:
    wanted = of_one_album(noon)
    assert len(wanted) > 3

    run = enrich(mira, wanted)

    assert run.counts["calls"] == 2  # one track tells the album, the album tells the rest
    assert Track.objects.exclude(duration_ms=None).count() == len(wanted)


def test_a_portion_ends_and_the_next_goes_on_with_the_most_played(
    mira: Listener, noon: Sandbox, gold: Build
) -> None:
    wanted = unknown(noon, 5)
    assert enrich(mira, wanted, calls=2).counts["left"] == 3

    rest = catalogue.missing_tracks(gold(*wanted), now=NOON)

    assert [one.track_id for one in rest] == [one.track_id for one in wanted[2:]]


def test_what_spotify_does_not_know_is_not_asked_again_for_months(
    mira: Listener, gold: Build
) -> None:
    lost = MissingTrack(track_id="0" * 22, track_name="Lost")
    build = gold(lost)
    assert enrich(mira, [lost]).counts["missing"] == 1

    assert catalogue.missing_tracks(build, now=NOON) == []
    later = catalogue.missing_tracks(build, now=NOON + timedelta(days=91))
    assert [one.track_id for one in later] == [lost.track_id]


def test_an_id_that_spotify_cannot_read_counts_as_missing(mira: Listener, noon: Sandbox) -> None:
    invalid = '{"error": {"status": 400, "message": "Invalid base62 id"}}'
    noon.fault("custom", endpoint="tracks", count=1, status=400, body=invalid)

    run = enrich(mira, wanted := unknown(noon, 3))

    assert (run.status, run.counts["missing"], run.counts["tracks"]) == ("succeeded", 1, 2)
    assert Track.objects.get(pk=wanted[0].track_id).fetched_at == NOON


@pytest.mark.parametrize("fault", ["server_error", "not_json"])
def test_an_item_without_an_answer_waits_for_another_run(
    fault: str, mira: Listener, noon: Sandbox
) -> None:
    noon.fault(fault, endpoint="tracks", count=1)

    run = enrich(mira, wanted := unknown(noon, 3))

    assert (run.status, run.counts["unanswered"], run.counts["tracks"]) == ("succeeded", 1, 2)
    assert not Track.objects.filter(pk=wanted[0].track_id).exists()


def test_a_spotify_that_answers_nothing_fails_the_run_soon(mira: Listener, noon: Sandbox) -> None:
    noon.fault("server_error", endpoint="tracks")

    run = enrich(mira, unknown(noon, 20), calls=20)

    assert (run.status, run.counts["calls"]) == ("failed", enrichment.MAX_UNANSWERED + 1)
    assert not Track.objects.exists()


def test_a_used_up_quota_ends_a_run_without_a_failure(mira: Listener, noon: Sandbox) -> None:
    noon.fault("quota_exceeded", endpoint="tracks", count=1)

    run = enrich(mira, unknown(noon, 3))

    assert (run.status, run.counts["stopped_by_limit"], run.counts["left"]) == ("succeeded", 1, 3)


def test_our_own_daily_budget_ends_a_run_too(mira: Listener, noon: Sandbox) -> None:
    today = clients.spotify_quota()
    for _ in range(today.budget.catalogue - 1):
        today.check("catalogue")

    run = enrich(mira, unknown(noon, 3))

    assert (run.counts["tracks"], run.counts["stopped_by_limit"]) == (1, 1)


def test_old_metadata_is_renewed_after_what_is_unknown(
    mira: Listener, noon: Sandbox, gold: Build
) -> None:
    old, new = unknown(noon, 2)
    Track.objects.create(track_id=old.track_id, fetched_at=NOON - timedelta(days=100))

    wanted = catalogue.missing_tracks(gold(new), now=NOON)
    assert [one.track_id for one in wanted] == [new.track_id, old.track_id]

    enrich(mira, wanted)
    assert Track.objects.get(pk=old.track_id).fetched_at == NOON


def test_before_the_first_build_there_is_nothing_unknown(tmp_path: Path) -> None:
    assert catalogue.missing_tracks(DuckDBWarehouse(tmp_path), now=NOON) == []
