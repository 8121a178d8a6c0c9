"""Every album of an artist in Spotify's groups, and what they release from 2024 on.

No habit plays the later releases, so they are new to everybody who only listens by habit.
"""

from collections import defaultdict
from datetime import date
from functools import cache

from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.catalogue.music import Album, Artist, Track, catalogue, invent_album

GROUPS = ("album", "single", "compilation", "appears_on")  # in the order of a listing
LATER_YEARS = range(2024, 2030)


@cache
def later_albums(seed: int) -> dict[str, Album]:
    """Return albums and singles by id: every artist has one in every other year or so."""
    music = catalogue(seed)
    albums = {}
    for artist in music.artists:
        for year in LATER_YEARS:
            rng = seeds.rng(seed, "later", artist.artist_id, year)
            if rng.random() < 0.5:
                continue
            key = f"{seed}|{artist.artist_id}|{year}"
            album = invent_album(rng, artist, key, [artist], music.various, years=(year, year))
            if album.album_type != "compilation":
                albums[album.album_id] = album
    return albums


@cache
def later_tracks(seed: int) -> dict[str, Track]:
    return {
        track.track_id: track for album in later_albums(seed).values() for track in album.tracks
    }


def is_out(album: Album, today: date) -> bool:
    """Return whether an album is released; a month or a year begins with its first day."""
    return album.release_date <= today.isoformat()


def discography(seed: int, artist: Artist, today: date) -> list[tuple[str, Album]]:
    """Return the group and the album of all that is out: group by group, the newest first."""
    found = [pair for pair in _by_artist(seed)[artist.artist_id] if is_out(pair[1], today)]
    found.sort(key=lambda pair: pair[1].release_date, reverse=True)
    return sorted(found, key=lambda pair: GROUPS.index(pair[0]))


@cache
def _by_artist(seed: int) -> defaultdict[str, list[tuple[str, Album]]]:
    albums = [*catalogue(seed).albums.values(), *later_albums(seed).values()]
    found: defaultdict[str, list[tuple[str, Album]]] = defaultdict(list)
    for album in albums:
        for artist in album.credits:
            found[artist.artist_id].append((album.album_type, album))
        guests = {artist for track in album.tracks for artist in track.artists}
        for artist in guests - set(album.credits):
            found[artist.artist_id].append(("appears_on", album))
    return found
