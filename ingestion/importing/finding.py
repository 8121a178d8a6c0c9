"""Which files in a zip, a folder or a pile of files are listening history.

Names say what to look at, the content says what it is: a file counts when its first row has the
keys of a play. Folders, and paths inside a zip, mean nothing.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ingestion.importing import packages, reading
from ingestion.importing.packages import Member
from ingestion.importing.reading import Shape
from ingestion.importing.refusal import ImportRefused

NAMES = {
    Shape.EXTENDED: re.compile(r"(streaming_history_(audio|video)|endsong|endvideo).*\.json", re.I),
    Shape.ACCOUNT: re.compile(r"streaminghistory.*\.json", re.I),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A file of listening history and the shape of its rows."""

    member: Member
    shape: Shape


def history(paths: Sequence[Path], *, max_bytes: int, stack: ExitStack) -> list[History]:
    """The history files below these paths, oldest first; zips stay open as long as `stack`.

    Raises ImportRefused when there is none, or when what is there cannot be trusted.
    """
    seen = [member for path in paths for member in packages.members(path, stack=stack)]
    candidates = [member for member in seen if _may_be(member.name)]
    packages.refuse_bombs(candidates, max_bytes=max_bytes)
    found = [found for member in candidates if (found := _recognised(member))]
    if not found:
        raise ImportRefused(_nothing_in(paths, seen))
    return sorted(found, key=_age)


def expected(name: str) -> Shape | None:
    """What a file of that name holds when it was Spotify that named it."""
    return next((shape for shape, pattern in NAMES.items() if pattern.fullmatch(name)), None)


def _may_be(name: str) -> bool:
    """Any JSON file; `._name.json` is what macOS adds to a zip for each file in it."""
    return name.lower().endswith(".json") and not name.startswith("._")


def _recognised(member: Member) -> History | None:
    """By content; a damaged file is an error with the right name, and no matter with any other."""
    named = expected(member.name)
    try:
        shape = reading.shape_of(member)
    except ImportRefused:
        if named:
            raise
        return None
    if named and shape is None and reading.has_rows(member):
        raise ImportRefused(
            f"{member.name} has the name of listening history, but its rows are no plays."
        )
    known = shape or named
    return History(member=member, shape=known) if known else None


def _age(found: History) -> tuple[str, list[tuple[int, str]]]:
    """2 before 10: Spotify numbers its files from the oldest on, without leading zeros."""
    parts = re.split(r"(\d+)", found.member.name.lower())
    return found.shape, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _nothing_in(paths: Iterable[Path], seen: Sequence[Member]) -> str:
    single = [path for path in paths if path.is_file()]
    if len(single) == 1 and packages.described(single[0]) != "a zip":
        return f"{single[0].name} is {packages.described(single[0])}, not listening history."
    if any(member.name.lower().endswith(".zip") for member in seen):
        return "There is another zip inside this one: upload the inner one."
    names = ", ".join(sorted({member.name for member in seen})[:3]) or "nothing at all"
    return f"No listening history found; there was {names}{' and more' if len(seen) > 3 else ''}."
