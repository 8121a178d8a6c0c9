"""A seeded catalogue of invented music: artists with albums with tracks.

The same seed gives the same music everywhere, so that what `manage.py simulate` wrote and what the
imitated API answers are the same tracks. There is one of each, so they compare by identity.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from random import Random

from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.catalogue import names

ARTISTS = 300
LONGEST_DISC = 11  # tracks; what is longer comes on two


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Artist:
    artist_id: str
    name: str
    genre: str
    popularity: int
    albums: list["Album"] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Album:
    album_id: str
    name: str
    album_type: str  # album, single or compilation
    release_date: str
    release_date_precision: str
    artist: Artist = field(repr=False)  # the first of every track
    credits: list[Artist] = field(repr=False)  # several, or Various Artists who are on no track
    tracks: list["Track"] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    track_id: str
    name: str
    duration_ms: int
    isrc: str
    explicit: bool
    track_number: int  # on its disc
    disc_number: int = 1
    album: Album = field(repr=False)
    guest: Artist | None = field(default=None, repr=False)

    @property
    def artists(self) -> list[Artist]:
        """Return the album's artist, then the album's other artists and the guest."""
        partners = self.album.credits[1:]
        guest = [self.guest] if self.guest and self.guest not in partners else []
        return [self.album.artist, *partners, *guest]

    @property
    def restriction(self) -> str:
        """Return why it is no longer playable, "" where it is: licences end."""
        return {0: "market", 1: "product"}.get(seeds.number("rights", self.track_id) % 60, "")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalogue:
    seed: int
    artists: list[Artist]
    albums: dict[str, Album]
    tracks: dict[str, Track]
    various: Artist  # whom compilations are credited to

    def artist(self, artist_id: str) -> Artist | None:
        known = (*self.artists, self.various)
        return next((artist for artist in known if artist.artist_id == artist_id), None)


@cache
def catalogue(seed: int) -> Catalogue:
    artists = [_artist(seed, number, name) for number, name in enumerate(_artist_names(seed))]
    various = _artist(seed, ARTISTS, "Various Artists")
    for artist in artists:
        _add_albums(seed, artist, artists, various)
        various.albums.extend(album for album in artist.albums if album.credits == [various])
    albums = {album.album_id: album for artist in artists for album in artist.albums}
    tracks = {track.track_id: track for album in albums.values() for track in album.tracks}
    return Catalogue(seed=seed, artists=artists, albums=albums, tracks=tracks, various=various)


def _artist_names(seed: int) -> list[str]:
    rng, chosen = seeds.rng(seed, "artists"), dict[str, None]()
    while len(chosen) < ARTISTS:
        adjective, noun = rng.choice(names.ADJECTIVES), rng.choice(names.NOUNS)
        person = f"{rng.choice(names.FIRST_NAMES)} {rng.choice(names.LAST_NAMES)}"
        chosen[rng.choice([person, f"{adjective} {noun}", f"The {noun}s", f"{noun} Club"])] = None
    return list(chosen)


def _artist(seed: int, number: int, name: str) -> Artist:
    rng = seeds.rng(seed, "artist", number)
    return Artist(
        artist_id=seeds.base62(seed, "artist", number),
        name=name,
        genre=rng.choice(names.GENRES),
        popularity=rng.randint(5, 90),
    )


def _add_albums(seed: int, artist: Artist, artists: list[Artist], various: Artist) -> None:
    rng = seeds.rng(seed, "albums", artist.artist_id)
    for number in range(rng.randint(1, 3)):
        key = f"{seed}|{artist.artist_id}|{number}"
        artist.albums.append(invent_album(rng, artist, key, artists, various))
    longer = [album for album in artist.albums if album.album_type == "album"]
    for single in artist.albums:
        if single.album_type == "single" and longer:
            _release_before(single, longer[0])


def _release_before(single: Album, album: Album) -> None:
    """Make the single's first track one of the album's: a recording under a second id."""
    same = album.tracks[seeds.number("single", single.album_id) % 3]
    single.tracks[0] = replace(
        single.tracks[0],
        name=same.name,
        duration_ms=same.duration_ms,
        isrc=same.isrc,
        explicit=same.explicit,
        guest=same.guest,
    )


def _credited_artists(
    kind: str, key: str, artist: Artist, artists: list[Artist], various: Artist
) -> list[Artist]:
    """Return whom the album is by: one in twelve has two artists, compilations Various Artists."""
    if kind == "compilation":
        return [various]
    luck = seeds.number("credits", key)
    partner = artists[luck // 12 % len(artists)]
    return [artist, partner] if luck % 12 == 0 and partner is not artist else [artist]


def invent_album(
    rng: Random,
    artist: Artist,
    key: str,
    artists: list[Artist],
    various: Artist,
    *,
    years: tuple[int, int] = (1974, 2023),
) -> Album:
    kind = rng.choices(["album", "single", "compilation"], [75, 20, 5])[0]
    day = f"{rng.randint(*years)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    precision = rng.choices(["day", "month", "year"], [88, 4, 8])[0]
    album = Album(
        album_id=seeds.base62("album", key),
        name=title(rng),
        album_type=kind,
        release_date=day[: {"day": 10, "month": 7, "year": 4}[precision]],
        release_date_precision=precision,
        artist=artist,
        credits=_credited_artists(kind, key, artist, artists, various),
    )
    for number in range(1, rng.randint(1, 3) + 1 if kind == "single" else rng.randint(8, 14) + 1):
        guest = rng.choice(artists) if rng.random() < 0.06 else None
        album.tracks.append(_track(rng, album, f"{key}|{number}", number, guest))
    if len(album.tracks) > LONGEST_DISC:
        album.tracks[LONGEST_DISC:] = [
            replace(track, disc_number=2, track_number=track.track_number - LONGEST_DISC)
            for track in album.tracks[LONGEST_DISC:]
        ]
    return album


def _track(rng: Random, album: Album, key: str, number: int, guest: Artist | None) -> Track:
    name = title(rng) if number > 1 or rng.random() < 0.6 else album.name
    suffix = rng.choices(["", " - Live", " - Remastered", " (Acoustic)"], [92, 3, 3, 2])[0]
    return Track(
        track_id=seeds.base62("track", key),
        name=name + suffix,
        duration_ms=int(min(max(rng.gauss(213_000, 48_000), 72_000), 640_000)),
        isrc=f"QZ{seeds.number('isrc', key) % 10**10:010}",
        explicit=rng.random() < 0.08,
        track_number=number,
        album=album,
        guest=guest if guest is not album.artist else None,
    )


def title(rng: Random) -> str:
    """Invent a name for a track or an album."""
    adjective, noun, other = rng.choice(names.ADJECTIVES), *rng.sample(names.NOUNS, 2)
    place = rng.choice(names.PLACES)
    forms = [f"{adjective} {noun}", f"{noun} in {place}", f"The {adjective} {noun}", f"{noun}s"]
    forms += [f"{noun} & {other}", f"Leaving {place}", f"Song for the {noun}", f"{adjective}"]
    return rng.choice(forms)
