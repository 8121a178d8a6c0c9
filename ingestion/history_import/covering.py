"""Which stretches of time an archive tells of whole: what it does not hold of them was not played.

A file tells of all music between its first row and its last. Spotify numbers the files of an
archive from the oldest on, so neighbours are one stretch, and a file left out leaves a hole. Videos
come in a file of their own, podcasts and audiobooks too: those tell of no music.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.history_import.reading import Shape

SOURCES = {Shape.EXTENDED: "extended_history", Shape.ACCOUNT: "account_data"}
NUMBERED = re.compile(r"(?!.*video).*?(?<![0-9])([0-9]{1,9})\.json", re.I)


@dataclass(slots=True)
class Span:
    """From the first of some moments to the last; None while there is none."""

    first_at: datetime | None = None
    last_at: datetime | None = None

    def add(self, moment: datetime) -> None:
        if self.first_at is None or moment < self.first_at:
            self.first_at = moment
        if self.last_at is None or moment > self.last_at:
            self.last_at = moment

    def add_all(self, other: "Span") -> None:
        for moment in (other.first_at, other.last_at):
            if moment is not None:
                self.add(moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A file of an archive, and when its music ended."""

    name: str
    shape: Shape
    music: Span = field(default_factory=Span)

    @property
    def place(self) -> tuple[Shape, int] | None:
        """Among the files of its shape; None where it has none."""
        found = NUMBERED.fullmatch(self.name)
        return (self.shape, int(found[1])) if found and self.music.first_at else None


@dataclass(slots=True)
class Stretch(Span):
    """A time that files of one shape tell of without a hole."""

    source: str = ""

    def as_json(self) -> list[str]:
        """Source, first and last moment."""
        assert self.first_at and self.last_at, "a stretch has music"
        return [self.source, self.first_at.isoformat(), self.last_at.isoformat()]


def stretches(files: Iterable[Told]) -> list[Stretch]:
    """Each time that these files tell of without a hole."""
    places: dict[tuple[Shape, int], Span] = {}
    for file in files:
        if place := file.place:
            places.setdefault(place, Span()).add_all(file.music)
    found: dict[tuple[Shape, int], Stretch] = {}  # by the place that continues it
    for (shape, number), music in sorted(places.items()):
        stretch = found.pop((shape, number), Stretch(source=SOURCES[shape]))
        stretch.add_all(music)
        found[shape, number + 1] = stretch
    return list(found.values())
