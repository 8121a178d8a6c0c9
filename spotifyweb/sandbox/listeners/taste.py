"""A person's taste in a given month: favourite artists, and how they drift."""

import math
from bisect import bisect
from functools import lru_cache
from random import Random

from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.catalogue import names
from spotifyweb.sandbox.catalogue.music import Artist, Track, catalogue
from spotifyweb.sandbox.listeners.people import Person


class Taste:
    """Artists with weights, summed up so that one draw is one bisection."""

    __slots__ = ("sums", "tracks")

    def __init__(self, artists: list[Artist], weights: list[float]) -> None:
        self.tracks = [
            [track for album in artist.albums for track in album.tracks] for artist in artists
        ]
        self.sums: list[float] = []
        total = 0.0
        for weight in weights:
            total += weight
            self.sums.append(total)

    def draw(self, rng: Random) -> Track:
        """Draw a track by an artist of this taste; an artist's first tracks are the hits."""
        tracks = self.tracks[bisect(self.sums, rng.random() * self.sums[-1])]
        return tracks[int(len(tracks) * rng.random() ** 2.2)]


@lru_cache(maxsize=4096)
def taste(seed: int, person: Person, year: int, month: int) -> Taste:
    """Return the person's base preferences, changed by the season and by new favourites."""
    artists, affinity, genres = _base_preferences(seed, person)
    mood = seeds.rng(seed, "mood", person.account_id, year, month)
    season = {genre: mood.lognormvariate(0, 0.35) for genre in names.GENRES}
    weights = [
        weight * genres[artist.genre] * season[artist.genre] * (1 + 6 * (mood.random() < 0.02))
        for artist, weight in zip(artists, affinity, strict=True)
    ]
    return Taste(artists, weights)


@lru_cache(maxsize=1024)
def _base_preferences(
    seed: int, person: Person
) -> tuple[list[Artist], list[float], dict[str, float]]:
    rng = seeds.rng(seed, "taste", person.account_id)
    artists = catalogue(seed).artists[:]
    rng.shuffle(artists)
    affinity = [1 / (rank + 3) ** 1.15 for rank in range(len(artists))]
    genres = {genre: math.exp(rng.gauss(0, 0.9)) for genre in names.GENRES}
    return artists, affinity, genres
