"""Which rows of an export are one listen: docs/adr/0030."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.lifetime import rows
from tests.lifetime.rows import Listen, NoListen

AGAIN = ("duplicates", "the same play, reported again")
SAME = ("duplicates", "the same row again")
LISTENS = ("plays", "skips", "podcasts", "audiobooks", "duplicates")  # outcomes of rows with one


@dataclass(slots=True, kw_only=True)
class Import:
    """What one upload came to."""

    rows: int = 0
    listens: list[Listen] = field(default_factory=list)  # with their times as they are kept
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    music: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def outcomes(self) -> Counter[str]:
        sums: Counter[str] = Counter()
        for (outcome, _), count in self.reasons.items():
            sums[outcome] += count
        return sums


def imported(files: dict[str, list[Any]], *, now: datetime) -> Import:
    """The rows of these files, in order."""
    found, known = Import(), Known()
    for name, content in files.items():
        for number, row in enumerate(rows.flat(content), start=1):
            found.rows += 1
            try:
                outcome = _counted(found, known, rows.read(row, now=now), name)
            except NoListen as why:
                outcome = why.outcome, why.reason
            found.reasons[outcome] += 1
            found.samples[outcome].append(f"{name}, row {number:,}: {_words(row)}")
    return found


def _counted(found: Import, known: "Known", listen: Listen, file: str) -> tuple[str, str]:
    if listen.content_type == "track":
        found.music[file].append(listen.ended_at)
    if twice := known.twice(listen):
        return twice
    found.listens.append(known.keep(listen))
    return rows.outcome_of(listen)


def _words(row: Any) -> str:
    """When, what, by whom and how long, as the row says it."""
    if not isinstance(row, dict):
        return "–"
    names = ("master_metadata_track_name", "episode_name", "audiobook_chapter_title")
    artists = ("master_metadata_album_artist_name", "episode_show_name", "audiobook_title")
    told = [
        next((str(row[key])[:80] for key in keys if row.get(key) is not None), "–")
        for keys in (("ts",), names, artists, ("ms_played",))
    ]
    return " · ".join(told) + " ms"


class Known:
    """Every listen that came before."""

    def __init__(self) -> None:
        self.by_start: dict[tuple[Any, ...], Listen] = {}
        self.by_end: dict[tuple[Any, ...], list[Listen]] = defaultdict(list)
        self.at_once: Counter[tuple[Any, ...]] = Counter()

    def twice(self, listen: Listen) -> tuple[str, str] | None:
        """Why it is one of them."""
        first = self.by_start.get(_start(listen)) if listen.device_start else None
        if first and first.ended_at != listen.ended_at:
            return AGAIN
        told = self.by_end[_end(listen)]
        same = next((one for one in told if _is_same_start(one, listen)), None)
        if same and same.device_start is None and listen.device_start:
            same.device_start = listen.device_start
            self.by_start.setdefault(_start(listen), same)
        return SAME if same else None

    def keep(self, listen: Listen) -> Listen:
        """Several that ended in one second are a millisecond apart."""
        self.by_end[_end(listen)].append(listen)
        if listen.device_start:
            self.by_start.setdefault(_start(listen), listen)
        key = (listen.is_play, listen.item, listen.ended_at)
        moved = timedelta(milliseconds=self.at_once[key])
        self.at_once[key] += 1
        is_device = bool(listen.device_start) and (
            listen.began_at == rows.moment_of(listen.device_start or 0)
        )
        began_at = listen.began_at if is_device else listen.began_at + moved
        return replace(listen, ended_at=listen.ended_at + moved, began_at=began_at)


def told_again(listens: Iterable[Listen]) -> list[tuple[Listen, Listen]]:
    """Each play that another row tells again, and that row: what silver decides in docs/adr/0030.

    A row with a device start and one without, of which the end implies the same start, give or take
    ten seconds, are one play, which ended when it was handed in first.
    """
    groups: dict[tuple[Any, ...], list[Listen]] = defaultdict(list)
    for listen in listens:
        if listen.ms > 10_000:
            groups[listen.item, listen.ms].append(listen)
    found = []
    for group in groups.values():
        group.sort(key=lambda one: (_begun(one), one.ended_at))
        chain: list[Listen] = []
        for one in [*group, None]:
            if chain and (one is None or not _is_told_again(chain[-1], one)):
                first = min(chain, key=lambda each: each.ended_at)
                found += [(first, other) for other in chain if other is not first]
                chain = []
            chain += [one] if one else []
    return found


def _is_told_again(one: Listen, other: Listen) -> bool:
    return (
        (one.device_start is None) != (other.device_start is None)
        and one.ended_at.replace(microsecond=0) != other.ended_at.replace(microsecond=0)
        and _begun(other) - _begun(one) <= timedelta(seconds=10)
    )


def _begun(listen: Listen) -> datetime:
    if listen.device_start:
        return rows.moment_of(listen.device_start)
    return listen.ended_at - timedelta(milliseconds=listen.ms)


def _start(listen: Listen) -> tuple[Any, ...]:
    return listen.item, listen.ms, listen.start_second


def _end(listen: Listen) -> tuple[Any, ...]:
    return listen.item, listen.ms, listen.ended_at


def _is_same_start(one: Listen, other: Listen) -> bool:
    """A start that only one of them has tells nothing; whole seconds where one has no more."""
    if one.device_start is None or other.device_start is None:
        return True
    in_ms = min(one.device_start, other.device_start) > 10**11
    if in_ms:
        return one.device_start == other.device_start
    return one.start_second == other.start_second
