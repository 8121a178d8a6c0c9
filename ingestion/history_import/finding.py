"""Which files in a zip, a folder or a pile of files are listening history.

Names say what to look at, the content says what it is: a file counts when its first row has the
keys of a play. Folders, and paths inside a zip, mean nothing. A file that cannot be read is named
with its reason, and costs none of the others.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.history_import import packages, reading
from ingestion.history_import.packages import Member
from ingestion.history_import.reading import Shape
from ingestion.history_import.refusal import ImportRefused

NAMES = {
    Shape.EXTENDED: re.compile(r"(streaming_history_(audio|video)|endsong|endvideo).*\.json", re.I),
    Shape.ACCOUNT: re.compile(r"streaminghistory.*\.json", re.I),
}
DIGITS = re.compile(r"([0-9]+)")
Place = str  # which file of an upload, and which in a zip: the same whenever it is read again


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A file of listening history and the shape of its rows."""

    member: Member
    shape: Shape
    place: Place = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A file that was left out, wholly or from some row on: its name, the reason and the cure."""

    name: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Search:
    """What an upload holds. `excluded` maps places to why they are not opened at all; `on_open`
    is called before a place is.
    """

    max_bytes: int
    stack: ExitStack
    excluded: Mapping[Place, str] = field(default_factory=dict)
    on_open: Callable[[Place], None] = lambda _: None
    rejected: list[Rejected] = field(default_factory=list)

    def history(self, paths: Sequence[Path]) -> list[History]:
        """The history files below these paths, oldest first; zips stay open as long as `stack`.

        Raises ImportRefused when there is none, or when together they are too large.
        """
        seen = dict(self._members(packages.files(paths)))
        candidates = {place: member for place, member in seen.items() if _may_be(member.name)}
        packages.refuse_flood(candidates.values(), max_bytes=self.max_bytes)
        found = [found for found in map(self._recognised, candidates.items()) if found]
        if not found and self.rejected:
            raise ImportRefused(" ".join(one.reason for one in self.rejected[:3]), "")
        if not found:
            raise ImportRefused(_nothing_in(paths, list(seen.values())))
        return sorted(found, key=_age)

    def reject(self, name: str, reason: str) -> None:
        self.rejected.append(Rejected(name=name, reason=reason))

    def _members(self, files: Sequence[Path]) -> Iterator[tuple[Place, Member]]:
        for number, file in enumerate(files):
            name = packages.shown_name(file.name)
            if self._is_open(str(number), name):
                try:
                    found = packages.members(file, stack=self.stack)
                except ImportRefused as refusal:
                    self.reject(name, str(refusal))
                    continue
                for position, member in enumerate(found):
                    yield f"{number}/{position}", member

    def _is_open(self, place: Place, name: str) -> bool:
        """Whether that place may be opened; then it is announced."""
        if place in self.excluded:
            self.reject(name, f"{name} {self.excluded[place]}")
            return False
        self.on_open(place)
        return True

    def _recognised(self, candidate: tuple[Place, Member]) -> History | None:
        """By content; a damaged file matters where it has the right name, and with no other."""
        place, member = candidate
        named = expected(member.name)
        if not self._is_open(place, member.name):
            return None
        try:
            packages.refuse_bomb(member)
            shape = reading.shape_of(member)
            if named and shape is None and reading.has_rows(member):
                raise ImportRefused(
                    f"{member.name} has the name of listening history, but its rows are no plays."
                )
        except ImportRefused as refusal:
            if named:
                self.reject(member.name, str(refusal))
            return None
        known = shape or named
        return History(member=member, shape=known, place=place) if known else None


def expected(name: str) -> Shape | None:
    """What a file of that name holds when it was Spotify that named it."""
    return next((shape for shape, pattern in NAMES.items() if pattern.fullmatch(name)), None)


def _may_be(name: str) -> bool:
    """Any JSON file; `._name.json` is what macOS adds to a zip for each file in it."""
    return name.lower().endswith(".json") and not name.startswith("._")


def _age(found: History) -> tuple[str, list[tuple[int, str]]]:
    """2 before 10: Spotify numbers its files from the oldest on, without leading zeros.

    A longer number is a larger one, so none has to be computed, however long it is.
    """
    parts = DIGITS.split(found.member.name.lower())
    numbers = [(len(digits := part.lstrip("0")), digits) for part in parts[1::2]]
    return found.shape, [
        pair
        for text, number in zip(parts[::2], [*numbers, (0, "")], strict=True)
        for pair in ((-1, text), number)
    ]


def _nothing_in(paths: Sequence[Path], seen: Sequence[Member]) -> str:
    single = [path for path in paths if path.is_file()]
    if len(single) == 1 and packages.described(single[0]) != "a zip":
        name = packages.shown_name(single[0].name)
        return f"{name} is {packages.described(single[0])}, not listening history."
    if any(member.name.lower().endswith(".zip") for member in seen):
        return "There is another zip inside this one: upload the inner one."
    names = ", ".join(sorted({member.name for member in seen})[:3]) or "nothing at all"
    return f"No listening history found; there was {names}{' and more' if len(seen) > 3 else ''}."
