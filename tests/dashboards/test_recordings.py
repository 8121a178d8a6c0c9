"""A song is a recording, under however many ids Spotify released it."""

import pytest

from spotifyweb.accounts.models import Listener
from tests.conftest import listener
from tests.dashboards.conftest import shown
from tests.support.login import browser_of

SINGLE, ALBUM, DELUXE = (
    "53aa3de48271acbe04f17d",
    "7bec1b5d96ef8b63ef8ef7",
    "4904f65ac462527a7fddb2",
)
RELEASES = {SINGLE: 40, ALBUM: 35, DELUXE: 32}


@pytest.fixture
def mara(db: None) -> Listener:
    """She plays one song under three ids, and another one that has one."""
    return listener("mara", timezone="UTC")


@pytest.mark.parametrize("filters", ["", "&range=2022", "&min_ms=30000"])
def test_a_song_counts_under_all_its_ids_and_an_album_under_its_own(
    mara: Listener, filters: str
) -> None:
    top = "/api/v1/stats/top/{}?by=plays" + filters
    tracks, artists, albums = (
        browser_of(mara).get(top.format(kind)).json()["results"]
        for kind in ("tracks", "artists", "albums")
    )
    assert [(row["track_name"], row["plays"]) for row in tracks] == [
        ("Three Pressings", 107),
        ("One Pressing", 60),
    ]
    assert [(row["artist_name"], row["tracks"], row["plays"]) for row in artists] == [
        ("Invented Artist", 2, 167)
    ]
    assert [(row["album_name"], row["tracks"], row["plays"]) for row in albums] == [
        ("Invented Album", 1, 60),
        ("Single", 1, 40),
        ("Album", 1, 35),
        ("Album (Deluxe)", 1, 32),
    ]


@pytest.mark.parametrize("filters", ["", "?range=2022", "?min_ms=30000"])
def test_unique_tracks_are_songs(mara: Listener, filters: str) -> None:
    unique = shown(mara, f"/{filters}")["unique"]
    assert (unique.tracks, unique.artists, unique.albums) == (2, 1, 4)


@pytest.mark.parametrize("track_id", RELEASES)
def test_any_of_its_ids_leads_to_the_song_and_its_releases(mara: Listener, track_id: str) -> None:
    page = shown(mara, f"/tracks/{track_id}/")
    assert (page["summary"].plays, page["place"]) == (107, 1)
    assert len(page["plays"]) == 15
    assert {row["release_track_id"]: row["plays"] for row in page["releases"]} == RELEASES
    told = browser_of(mara).get(f"/api/v1/stats/tracks/{track_id}").json()
    assert (told["track_id"], told["plays"], told["tracks"]) == (SINGLE, 107, 1)
    assert {row["release_track_id"]: row["plays"] for row in told["release_list"]} == RELEASES


def test_an_album_page_counts_what_was_played_from_it(mara: Listener) -> None:
    for name, plays in (("Single", 40), ("Album", 35), ("Album (Deluxe)", 32)):
        page = shown(mara, f"/album/?artist=Invented Artist&name={name}")
        assert page["summary"].plays == plays
        assert [row["plays"] for row in page["tracks"]] == [plays]


def test_search_finds_the_song_once(mara: Listener) -> None:
    found = shown(mara, "/search/?q=three press")["results"]
    assert [(row["track_id"], row["plays"]) for row in found.tracks] == [(SINGLE, 107)]
    assert {row["release_track_id"] for row in found.plays} <= RELEASES.keys()


def test_the_year_knows_songs(mara: Listener) -> None:
    year = shown(mara, "/year/2022/")["year"]
    assert [row["plays"] for row in year.tracks] == [107, 60]
    assert year.unique.tracks == 2


def test_any_of_its_ids_is_answered_with_the_same_recommendations(mara: Listener) -> None:
    browser = browser_of(mara)
    answers = [browser.get(f"/api/v1/recommendations/{one}").json() for one in RELEASES]
    assert {answer["track_name"] for answer in answers} == {"Three Pressings"}
    first, *others = ([row["track_id"] for row in a["recommendations"]] for a in answers)
    assert first
    assert others == [first, first]
    assert not RELEASES.keys() & set(first)
