"""Coverage: the periods that an archive covers wholly, in which what it lacks was not played.

A file covers all music between its first and its last row. Spotify numbers an archive's files from
the oldest on, so neighbours form one period and a missing file leaves a hole. Videos, podcasts
and audiobooks have files of their own, which cover no music.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.history_import.shapes import FORMATS, Shape

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
class FileCoverage:
    """A file of an archive and the span of its music."""

    name: str
    shape: Shape
    music: Span = field(default_factory=Span)

    @property
    def position(self) -> tuple[Shape, int] | None:
        """Return its number among the files of its shape; None where it has none."""
        found = NUMBERED.fullmatch(self.name)
        return (self.shape, int(found[1])) if found and self.music.first_at else None


@dataclass(slots=True)
class CoveredPeriod(Span):
    """A period that files of one shape cover without a hole."""

    source: str = ""

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Return the first and the last moment."""
        assert self.first_at and self.last_at, "it has music"
        return self.first_at, self.last_at

    def as_json(self) -> list[str]:
        """Return source, first and last moment, as HistoryImport keeps them."""
        first_at, last_at = self.period
        return [self.source, first_at.isoformat(), last_at.isoformat()]


def covered_periods(files: Iterable[FileCoverage]) -> list[CoveredPeriod]:
    """Return each period that these files cover without a hole."""
    by_position: dict[tuple[Shape, int], Span] = {}
    for file in files:
        if position := file.position:
            by_position.setdefault(position, Span()).add_all(file.music)
    found: dict[tuple[Shape, int], CoveredPeriod] = {}  # by the position that continues it
    for (shape, number), music in sorted(by_position.items()):
        covered = found.pop((shape, number), CoveredPeriod(source=FORMATS[shape].source))
        covered.add_all(music)
        found[shape, number + 1] = covered
    return list(found.values())
