"""Which ids are one song, and how songs, artists and albums are called: docs/adr/0028."""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.lifetime.rows import Listen

PLAIN = {
    "'": "‘’‚‛ʼʹ′´`＇",
    '"': "“”„‟″«»",
    "-": "‐‑‒–—―−⁃",
}
ONE_KIND = str.maketrans({letter: plain for plain, all_ in PLAIN.items() for letter in all_})
MARKED = ("LATIN", "GREEK", "CYRILLIC")  # alphabets whose marks make no other letter
Song = tuple[str | None, ...]


@dataclass(slots=True, kw_only=True)
class Release:
    """One id and what is known of it from all rows of all listeners."""

    release_id: str
    title: str | None
    artist: str | None
    album: str | None
    content_type: str
    song: Song = ()
    track_id: str = ""  # of the song: the id that stands for it


def folded(name: str) -> str:
    """As names are compared: NFKC, case, accents, ß, apostrophes and dashes."""
    plain = unicodedata.normalize("NFKC", name.translate(ONE_KIND)).casefold()
    kept, alphabet = "", ""
    for letter in unicodedata.normalize("NFD", plain):
        if not unicodedata.combining(letter):
            alphabet = unicodedata.name(letter, "").split(" ")[0]
            kept += letter
        elif alphabet not in MARKED:
            kept += letter
    return unicodedata.normalize("NFC", kept.translate(ONE_KIND)).strip()


def release_id(listen: Listen) -> str:
    """Spotify's id, else one made of the names."""
    if listen.item_id:
        return listen.item_id
    names = f"{(listen.artist or '').strip().lower()}|{(listen.title or '').strip().lower()}"
    return f"name:{hashlib.md5(names.encode(), usedforsecurity=False).hexdigest()}"


def releases(listens: Sequence[Listen], kept: Sequence[Listen]) -> dict[str, Release]:
    """All ids that were begun by anybody here; rows that are told again have names too."""
    by_id, counted = _by_id(listens), _by_id(kept)
    found = {one: _release(one, rows) for one, rows in by_id.items()}
    _respell(listens, found.values())
    songs: dict[Song, list[Release]] = defaultdict(list)
    for release in found.values():
        release.song = _song(release)
        songs[release.song].append(release)
    for group in songs.values():
        first = max(group, key=lambda one: _rank(one, counted[one.release_id]))
        for release in group:
            release.track_id = first.release_id
    return found


def _by_id(listens: Iterable[Listen]) -> dict[str, list[Listen]]:
    found: dict[str, list[Listen]] = defaultdict(list)
    for listen in listens:
        found[release_id(listen)].append(listen)
    return found


def _release(one: str, rows: list[Listen]) -> Release:
    """By its newest row; what that does not say is taken from another."""
    newest = sorted(rows, key=lambda row: row.ended_at, reverse=True)

    def told(name: str) -> Any:
        others = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        first = getattr(newest[0], name)
        return max(others, default=None) if first is None else first

    return Release(
        release_id=one,
        title=told("title"),
        artist=told("artist"),
        album=told("album"),
        content_type=rows[0].content_type,
    )


def _respell(listens: Iterable[Listen], found: Iterable[Release]) -> None:
    """An artist, and an album of theirs, goes by the newest spelling."""
    rows = [row for row in listens if row.artist]
    artists = _newest(rows, lambda row: row.artist, lambda row: folded(row.artist or ""))
    albums = _newest(
        [row for row in rows if row.album],
        lambda row: row.album,
        lambda row: (folded(row.artist or ""), folded(row.album or "")),
    )
    for release in found:
        if release.artist:
            key = folded(release.artist)
            release.artist = artists[key]
            if release.album:
                release.album = albums.get((key, folded(release.album)), release.album)


def _newest(
    rows: list[Listen], spelled: Callable[[Listen], Any], key: Callable[[Listen], Any]
) -> dict[Any, str]:
    last: dict[Any, dict[str, datetime]] = defaultdict(dict)
    for row in rows:
        told = last[key(row)]
        told[spelled(row)] = max(row.ended_at, told.get(spelled(row), row.ended_at))
    return {
        one: min(told, key=lambda name: (-told[name].timestamp(), name))
        for one, told in last.items()
    }


def _song(release: Release) -> Song:
    """What makes two ids one: names alike. What has no name resembles nothing."""
    if release.title is None or release.artist is None:
        return (release.release_id,)
    return release.content_type, folded(release.artist), folded(release.title)


def _rank(release: Release, rows: list[Listen]) -> tuple[object, ...]:
    """The most played id, then the one played last; one made of names only without another."""
    plays = Counter(row.is_play for row in rows)[True]
    newest = max(row.ended_at for row in rows)
    return not release.release_id.startswith("name:"), plays, newest, release.release_id
