"""An artist's albums: group by group, the newest first, and nothing before its day."""

from collections import defaultdict
from datetime import date

import pytest

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb.sandbox.catalogue import discographies
from spotifyweb.sandbox.catalogue.music import Artist, catalogue

MUSIC, TODAY = catalogue(1), date(2026, 5, 1)


@pytest.fixture
def access(sandbox: Sandbox) -> str:
    sandbox.clock(now="2026-05-01T12:00:00+00:00", speed=0)
    token: str = sandbox.log_in(MIRA)["access_token"]
    return token


def of_all_kinds() -> Artist:
    """An artist with an album, a single, and tracks on others' albums."""
    return next(
        artist
        for artist in MUSIC.artists
        if {"album", "single", "appears_on"}
        <= {group for group, _ in discographies.discography(1, artist, TODAY)}
    )


def test_groups_come_one_after_another_and_the_newest_first_in_each(
    sandbox: Sandbox, access: str
) -> None:
    path = f"artists/{of_all_kinds().artist_id}/albums"
    sandbox.control("configure", profile="legacy")
    items = sandbox.get(path, access, limit=50).json()["items"]

    groups = [item["album_group"] for item in items]
    assert groups == sorted(groups, key=discographies.GROUPS.index)
    days = defaultdict(list)
    for item in items:
        days[item["album_group"]].append(item["release_date"])
    assert all(dates == sorted(dates, reverse=True) for dates in days.values())


def test_only_the_groups_that_are_asked_for(sandbox: Sandbox, access: str) -> None:
    artist = of_all_kinds()
    path = f"artists/{artist.artist_id}/albums"
    singles = sandbox.get(path, access, include_groups="single").json()
    both = sandbox.get(path, access, include_groups="album,single", limit=1).json()
    every = sandbox.get(path, access, limit=10).json()

    assert {item["album_type"] for item in singles["items"]} == {"single"}
    assert singles["total"] < both["total"] < every["total"]
    assert all("album_group" not in item for item in every["items"])  # gone in February 2026
    assert "include_groups=album%2Csingle" in both["next"]
    elsewhere = sandbox.get(path, access, include_groups="appears_on").json()["items"]
    assert artist.name not in {each["name"] for album in elsewhere for each in album["artists"]}
    assert sandbox.get(path, access, include_groups="mixtape").status_code == 400


def test_a_release_is_nowhere_before_its_day_and_everywhere_after(
    sandbox: Sandbox, access: str
) -> None:
    album = next(
        album
        for album in discographies.later_albums(1).values()
        if "2026-05-02" < album.release_date < "2026-10" and len(album.release_date) == 10
    )
    paths = (f"albums/{album.album_id}", f"tracks/{album.tracks[0].track_id}")
    listing = f"artists/{album.artist.artist_id}/albums"

    assert [sandbox.get(path, access).status_code for path in paths] == [404, 404]
    before = sandbox.get(listing, access, limit=10).json()["total"]
    sandbox.clock(now=f"{album.release_date}T12:00:00+00:00", speed=0)
    access = sandbox.log_in(MIRA)["access_token"]
    found = sandbox.get(paths[0], access).json()
    assert found["release_date"] == album.release_date
    assert len(found["tracks"]["items"]) == len(album.tracks)
    assert sandbox.get(paths[1], access).json()["album"]["id"] == album.album_id
    newest = sandbox.get(listing, access, limit=10, include_groups=album.album_type).json()
    assert newest["items"][0]["id"] == album.album_id
    assert sandbox.get(listing, access, limit=10).json()["total"] > before
