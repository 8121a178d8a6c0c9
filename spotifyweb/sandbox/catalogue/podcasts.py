"""Invented podcasts and audiobooks: shows with episodes, books with chapters.

Spotify's player knows chapters as episodes of a show: a book is a show there, too.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from spotifyweb.sandbox import seeds

EPISODES, CHAPTERS = 24, 12  # of each show, of each book
FIRST_RELEASE = date(2025, 9, 2)
SHOWS = (  # name, publisher
    ("The Slow Signal", "Harbour Radio"),
    ("Kitchen Table Physics", "Bellweather Audio"),
    ("Harbour Lights", "Harbour Radio"),
    ("Half a Map", "Tanager Studio"),
)
BOOKS = (  # title, author
    ("The Tin Lantern", "Maren Achterberg"),
    ("Maps for the Sleepless", "Teo Winterbourne"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Show:
    show_id: str
    name: str
    publisher: str  # of a book: its author
    is_book: bool
    episodes: list["Episode"] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Episode:
    """An episode, or a chapter where its show is a book."""

    episode_id: str
    name: str
    number: int
    duration_ms: int
    released: date
    show: Show = field(repr=False)


@cache
def shows() -> dict[str, Show]:
    """Return every show and book by its id."""
    found = [_show(*fields, is_book=False, parts=EPISODES, part="part") for fields in SHOWS]
    found += [_show(*fields, is_book=True, parts=CHAPTERS, part="chapter") for fields in BOOKS]
    return {show.show_id: show for show in found}


@cache
def episodes() -> dict[str, Episode]:
    """Return every episode and chapter by its id."""
    return {episode.episode_id: episode for show in shows().values() for episode in show.episodes}


def of_kind(*, books: bool) -> list[Show]:
    return [show for show in shows().values() if show.is_book == books]


def _show(name: str, publisher: str, *, is_book: bool, parts: int, part: str) -> Show:
    show = Show(show_id=seeds.base62("show", name), name=name, publisher=publisher, is_book=is_book)
    for number in range(1, parts + 1):
        luck = seeds.number("spoken", name, number)
        show.episodes.append(
            Episode(
                episode_id=seeds.base62(part, name, number),
                name=f"{name}, {part} {number}",
                number=number,
                duration_ms=(900 if is_book else 1200) * 1000 + luck % 1_500_000,
                released=FIRST_RELEASE + timedelta(weeks=number, days=luck % 3),
                show=show,
            )
        )
    return show
