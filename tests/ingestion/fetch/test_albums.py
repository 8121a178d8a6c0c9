"""What artists released: the newest page first, few calls, kept for 30 days and never longer."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bench.harness.sandbox_client import Sandbox
from ingestion import erasure, tasks
from ingestion.fetch import albums, enrichment
from ingestion.fetch.albums import AlbumPage
from ingestion.models import Album, AlbumTrack, Discography, Run, Stage, Track
from ingestion.operations import retention, runs
from ingestion.pipeline import snapshots
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.sandbox.catalogue import discographies, music
from spotifyweb.spotify import quota
from spotifyweb.warehouse.duckdb import DuckDBWarehouse
from tests.ingestion.conftest import NOON
from tests.ingestion.fetch.conftest import Gold

pytestmark = pytest.mark.django_db


def enrich(
    who: Listener, *, pages: list[AlbumPage] | None = None, wanted: list[str] | None = None
) -> Run:
    return runs.run_safely(
        Stage.ENRICH,
        "",
        lambda run: enrichment.enrich(
            run,
            listener=who,
            missing=[],
            artists=[],
            pages=pages or [],
            wanted_albums=wanted or [],
            calls=8,
            now=NOON,
        ),
        now=NOON,
    )


def artists_of(sandbox: Sandbox, *, group: str, least: int) -> list[music.Artist]:
    """Artists of whom that many of a group are out at noon."""
    return [
        artist
        for artist in sandbox.state.catalogue.artists
        if sum(
            each == group
            for each, _ in discographies.discography(sandbox.state.seed, artist, NOON.date())
        )
        >= least
    ]


def test_a_page_names_an_artist_s_albums_and_a_call_the_tracks_of_one(
    mira: Listener, noon: Sandbox
) -> None:
    artist = artists_of(noon, group="album", least=2)[0]
    run = enrich(mira, pages=[AlbumPage(artist_id=artist.artist_id, group="album")])

    newest = Album.objects.order_by("-release_date").first()
    assert newest is not None
    assert (run.counts["pages"], run.counts["calls"]) == (1, 0)
    assert run.counts["listed"] == Album.objects.count() >= 2

    run = enrich(mira, wanted=[newest.album_id])
    newest.refresh_from_db()
    assert (run.counts["calls"], run.counts["albums"]) == (1, 1)
    assert newest.tracks.count() == newest.total_tracks == run.counts["album_tracks"]
    assert newest.fetched_at == NOON
    assert not Track.objects.exists()  # what was played is another table


def test_newest_pages_come_first_for_everybody_s_foremost_artists(
    gold: Gold, noon: Sandbox
) -> None:
    warehouse = gold(("mira", "a", 1.0), ("mira", "b", 0.9), ("theo", "c", 1.0), ("theo", "b", 0.1))

    pages = albums.next_pages(warehouse, now=NOON)

    assert [(page.artist_id, page.group) for page in pages] == [
        *[(artist, "album") for artist in "acb"],
        *[(artist, "single") for artist in "acb"],
    ]
    assert {page.offset for page in pages} == {0}


def test_older_pages_follow_and_the_newest_is_listed_again_after_a_week(gold: Gold) -> None:
    warehouse = gold(("mira", "a", 1.0), ("mira", "b", 0.5))
    page = {"items": [{"id": f"album{n}"} for n in range(10)], "next": "https://api/next"}
    for artist in ("a", "b"):
        for group in albums.GROUPS:
            first = AlbumPage(artist_id=artist, group=group)
            albums.store_page(first, page if group == "album" else None, now=NOON)

    older = albums.next_pages(warehouse, now=NOON)
    assert [(page.artist_id, page.group, page.offset) for page in older] == [
        ("a", "album", 10),
        ("b", "album", 10),
    ]
    albums.store_page(older[0], {"items": [{"id": "old"}], "next": None}, now=NOON)
    assert [page.artist_id for page in albums.next_pages(warehouse, now=NOON)] == ["b"]

    later = NOON + timedelta(days=8)
    assert {page.offset for page in albums.next_pages(warehouse, now=later)} == {0}
    albums.store_page(AlbumPage(artist_id="b", group="album"), page, now=later)
    assert Discography.objects.get(artist_id="b", group="album").next_offset == 10


def test_no_more_pages_a_day_than_the_budget_has_and_a_restart_changes_nothing(
    mira: Listener, noon: Sandbox
) -> None:
    wanted = [
        AlbumPage(artist_id=artist.artist_id, group="album")
        for artist in noon.state.catalogue.artists[:40]
    ]
    enrich(mira, pages=wanted[:20])
    clients.spotify_quota.cache_clear()  # as a new process has it
    run = enrich(mira, pages=wanted[20:])

    assert noon.state.calls["artist-albums"] == 30
    assert run.counts["listing_stopped"] == 1
    assert run.status == Run.Status.SUCCEEDED
    assert Discography.objects.count() == 30


def test_the_hourly_task_goes_on_where_it_stopped_until_the_day_s_pages_are_spent(
    gold: Gold, mira: Listener, noon: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = [
        (mira.user_id, artist.artist_id, 1.0 / (1 + place))
        for place, artist in enumerate(noon.state.catalogue.artists[:5])
    ]
    warehouse, budget = gold(*pull), quota.Budget(artist_albums=3)
    monkeypatch.setattr(clients, "warehouse", lambda: warehouse)
    spotify_quota = replace(clients.spotify_quota(), budget=budget)
    monkeypatch.setattr(clients, "spotify_quota", lambda: spotify_quota)

    for _ in range(5):
        tasks.enrich()

    assert noon.state.calls["artist-albums"] == 3
    listed = Discography.objects.order_by("pk").values_list("artist_id", flat=True)
    assert [*listed] == [artist_id for _, artist_id, _ in pull[:3]]
    runs_of = Run.objects.filter(stage=Stage.ENRICH).order_by("pk")
    stopped = [run.counts.get("listing_stopped", 0) for run in runs_of]
    assert sum(stopped) == stopped[1] == 1  # later hours do not even try


@pytest.mark.parametrize("kind", ["quota_exceeded", "forbidden"])
def test_a_refusal_stops_this_family_and_no_other(mira: Listener, noon: Sandbox, kind: str) -> None:
    noon.fault(kind, endpoint="artist-albums")
    artist = noon.state.catalogue.artists[0]
    pages = [AlbumPage(artist_id=artist.artist_id, group=group) for group in albums.GROUPS]

    run = enrich(mira, pages=pages, wanted=[artist.albums[0].album_id])

    assert (run.counts["listing_stopped"], run.counts["albums"]) == (1, 1)
    blocks = clients.spotify_quota().blocks(now=clients.spotify_quota().clock())
    assert [*blocks] == ["artist_albums"]
    noon.state.faults.clear()
    enrich(mira, pages=pages)
    assert noon.state.calls["artist-albums"] == 1  # blocked: we did not even ask
    assert not Discography.objects.exists()


def test_an_answer_that_fails_leaves_the_page_to_another_run(mira: Listener, noon: Sandbox) -> None:
    noon.fault("server_error", endpoint="artist-albums", count=1)
    artist = noon.state.catalogue.artists[0]
    run = enrich(mira, pages=[AlbumPage(artist_id=artist.artist_id, group="album")] * 2)
    assert (run.counts["unanswered"], Discography.objects.count()) == (1, 1)


def test_new_releases_come_first_then_what_is_half_known_then_the_newest(gold: Gold) -> None:
    warehouse = gold(("mira", "a", 1.0), known={"half": 2, "one": 1, "fetched": 5})
    for album_id, day in (("old", "2001"), ("newer", "2020-01-01"), ("release", "2026-04-20")):
        Album.objects.create(album_id=album_id, release_date=day, listed_at=NOON)
    Album.objects.create(album_id="fetched", listed_at=NOON, fetched_at=NOON)

    assert albums.next_albums(warehouse, now=NOON) == ["release", "half", "newer", "old"]
    assert "fetched" in albums.next_albums(warehouse, now=NOON + timedelta(days=22))


def test_the_same_answer_twice_is_stored_once(mira: Listener, noon: Sandbox) -> None:
    album = next(iter(noon.state.catalogue.albums.values()))
    for _ in range(2):
        enrich(mira, wanted=[album.album_id])
    assert AlbumTrack.objects.count() == len(album.tracks)


def test_an_album_unknown_to_spotify_is_not_asked_for_again(
    gold: Gold, mira: Listener, noon: Sandbox
) -> None:
    unknown = "x" * 22
    warehouse = gold(known={unknown: 2})
    assert albums.next_albums(warehouse, now=NOON) == [unknown]
    enrich(mira, wanted=[unknown])
    assert albums.next_albums(warehouse, now=NOON) == []


def test_nothing_of_it_is_kept_for_more_than_thirty_days() -> None:
    kept = Album.objects.create(album_id="kept", listed_at=NOON, fetched_at=NOON)
    old = NOON - timedelta(days=31)
    for album_id, fetched_at in (("old", old), ("listed", None)):
        album = Album.objects.create(album_id=album_id, listed_at=old, fetched_at=fetched_at)
        AlbumTrack.objects.create(track_id=f"of {album_id}", album=album, track_name="Song")
    Discography.objects.create(artist_id="a", group="album", listed_at=old)

    assert retention.tidy(now=NOON)["albums"] == 5
    assert [*Album.objects.all()] == [kept]
    assert not AlbumTrack.objects.exists()
    assert not Discography.objects.exists()


def test_who_leaves_takes_the_artists_that_only_they_play(
    gold: Gold, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = gold(("mira", "hers", 1.0), ("mira", "both", 0.9), ("theo", "both", 1.0))
    monkeypatch.setattr(clients, "warehouse", lambda: warehouse)
    partner = {"artists": [{"id": "partner", "name": "Who is credited first"}]}
    for artist in ("hers", "both"):
        row = {"id": f"by {artist}", **partner}
        albums.store_page(AlbumPage(artist_id=artist, group="album"), {"items": [row]}, now=NOON)
        albums.store_album(f"by {artist}", row, now=NOON)

    assert erasure.erase_albums("mira") == 2
    assert [album.artist_id for album in Album.objects.all()] == ["both"]
    assert [row.artist_id for row in Discography.objects.all()] == ["both"]


def test_before_the_first_build_there_is_nothing_to_ask(tmp_path: Path) -> None:
    nothing = DuckDBWarehouse(tmp_path)
    assert albums.next_pages(nothing, now=NOON) == []
    assert albums.next_albums(nothing, now=NOON) == []


def test_the_build_reads_albums_and_each_track_once(mira: Listener, noon: Sandbox) -> None:
    album = next(
        album
        for album in noon.state.catalogue.albums.values()
        if len(album.release_date) == 10 and len(album.tracks) > 3
    )
    enrich(mira, wanted=[album.album_id])
    first = album.tracks[0].track_id
    Track.objects.create(track_id=first, track_name="As it was played", fetched_at=NOON)
    Album.objects.create(album_id="only listed", listed_at=NOON)

    collected = snapshots.collect()

    [row] = collected["albums"].to_pylist()
    assert row["released_on"] == date.fromisoformat(album.release_date)
    assert (row["album_id"], row["total_tracks"]) == (album.album_id, len(album.tracks))
    tracks = {row["track_id"]: row for row in collected["tracks"].to_pylist()}
    assert len(tracks) == collected["tracks"].num_rows == len(album.tracks)
    assert tracks[first]["track_name"] == "As it was played"
    other = tracks[album.tracks[1].track_id]
    assert (other["album_id"], other["album_name"]) == (album.album_id, album.name)
    assert other["image_url"].startswith(noon.url)


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-04-01", date(2026, 4, 1)), ("2026-04", None), ("2026", None), ("2026-13-01", None)],
)
def test_only_a_whole_date_tells_the_day(text: str, day: date | None) -> None:
    assert albums.release_day(text) == day


def test_what_came_out_lately_is_new_and_what_is_announced_is_not() -> None:
    days = {n: (NOON + timedelta(days=n)).date().isoformat() for n in (-61, -60, 0, 1)}
    found = {n: albums.is_new(day, today=NOON.date()) for n, day in days.items()}
    assert found == {-61: False, -60: True, 0: True, 1: False}
