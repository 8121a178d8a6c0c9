"""Discover which files of an upload are listening history.

Names say what to look at, the content decides: a file counts when a row near its start has the
keys of a play. Folders and paths inside a zip mean nothing. A file that cannot be read is named
with its reason and costs none of the others.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ingestion.history_import import archive, file_reader
from ingestion.history_import.archive import Member
from ingestion.history_import.errors import UPLOAD_HINT, ImportRefused, Sentence, gettext_lazy
from ingestion.history_import.shapes import FORMATS, Shape

DIGITS = re.compile(r"([0-9]+)")
Location = str  # which file of an upload, and which in a zip: the same whenever it is read again


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFile:
    """A file of listening history and the shape of its rows."""

    member: Member
    shape: Shape
    location: Location = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedFile:
    """A file that was left out, wholly or from some row on: its name, the reason and a hint."""

    name: str
    reason: Sequence[Sentence]


@dataclass(slots=True, kw_only=True)
class Discovery:
    """What an upload holds.

    `excluded` maps locations to why they are not opened at all; `on_open` is called before one is.
    """

    max_bytes: int
    stack: ExitStack
    excluded: Mapping[Location, Sequence[Sentence]] = field(default_factory=dict)
    on_open: Callable[[Location], None] = lambda _: None
    rejected: list[RejectedFile] = field(default_factory=list)

    def history(self, paths: Sequence[Path]) -> list[HistoryFile]:
        """Return the history files below these paths, oldest first.

        Zips stay open as long as `stack`.

        Raises ImportRefused where there is none, or where together they are too large.
        """
        seen = dict(self._members(archive.list_files(paths)))
        candidates = {
            location: member for location, member in seen.items() if _is_candidate(member.name)
        }
        archive.check_total_size(candidates.values(), max_bytes=self.max_bytes)
        found = [found for found in map(self._recognize, candidates.items()) if found]
        if not found and self.rejected:
            raise self.refusal()
        if not found:
            raise ImportRefused(_describe_empty(paths, list(seen.values())), UPLOAD_HINT)
        return sorted(found, key=_age_order)

    def refusal(self) -> ImportRefused:
        """Return why nothing is imported: the reasons of the first files that were left out."""
        return ImportRefused(*chain.from_iterable(file.reason for file in self.rejected[:3]))

    def reject(self, name: str, reason: Sequence[Sentence]) -> None:
        self.rejected.append(RejectedFile(name=name, reason=reason))

    def _members(self, files: Sequence[Path]) -> Iterator[tuple[Location, Member]]:
        for number, file in enumerate(files):
            name = archive.printable_name(file.name)
            if self._is_open(str(number), name):
                try:
                    found = archive.list_members(file, stack=self.stack)
                except ImportRefused as refusal:
                    self.reject(name, refusal.sentences)
                    continue
                for position, member in enumerate(found):
                    yield f"{number}/{position}", member

    def _is_open(self, location: Location, name: str) -> bool:
        """Return whether that location may be opened, and announce it."""
        if location in self.excluded:
            skipped = gettext_lazy("%(name)s was left out.", name=name)
            self.reject(name, [skipped, *self.excluded[location]])
            return False
        self.on_open(location)
        return True

    def _recognize(self, candidate: tuple[Location, Member]) -> HistoryFile | None:
        """Recognize a file by its content.

        Damage matters only where the name is a history file's.
        """
        location, member = candidate
        named = shape_by_name(member.name)
        if not self._is_open(location, member.name):
            return None
        try:
            archive.check_ratio(member)
            shape = file_reader.shape_of(member)
            if named and shape is None and file_reader.has_rows(member):
                raise ImportRefused(
                    gettext_lazy(
                        "%(name)s is named like listening history, but its rows are not plays.",
                        name=member.name,
                    ),
                    UPLOAD_HINT,
                )
        except ImportRefused as refusal:
            if named:
                self.reject(member.name, refusal.sentences)
            return None
        known = shape or named
        return HistoryFile(member=member, shape=known, location=location) if known else None


def shape_by_name(name: str) -> Shape | None:
    """Return the shape that a file of this name has where Spotify named it."""
    return next(
        (shape for shape, known in FORMATS.items() if known.file_name.fullmatch(name)), None
    )


def _is_candidate(name: str) -> bool:
    """Return whether to look at a file: any JSON, but not `._name.json`, which macOS adds.

    Browsers and mail programs save JSON as text, or without an extension.
    """
    return Path(name.lower()).suffix in ("", ".json", ".txt") and not name.startswith(".")


def _age_order(found: HistoryFile) -> tuple[str, list[tuple[int, str]]]:
    """Return a sort key that puts 2 before 10: Spotify numbers its files without leading zeros.

    A number with more digits is larger, so none has to be computed, however long it is.
    """
    parts = DIGITS.split(found.member.name.lower())
    numbers = [(len(digits := part.lstrip("0")), digits) for part in parts[1::2]]
    return found.shape, [
        pair
        for text, number in zip(parts[::2], [*numbers, (0, "")], strict=True)
        for pair in ((-1, text), number)
    ]


def _describe_empty(paths: Sequence[Path], seen: Sequence[Member]) -> Sentence:
    single = [path for path in paths if path.is_file()]
    if len(single) == 1 and not archive.is_zip(single[0]):
        return archive.describe_file(single[0])
    if any(member.name.lower().endswith(".zip") for member in seen):
        return gettext_lazy("There is another zip inside this one: upload the inner one.")
    names = ", ".join(sorted({member.name for member in seen})[:3])
    if len(seen) > 3:
        return gettext_lazy(
            "No listening history found; there was %(names)s and more.", names=names
        )
    if names:
        return gettext_lazy("No listening history found; there was %(names)s.", names=names)
    return gettext_lazy("No listening history found; there was nothing at all.")
