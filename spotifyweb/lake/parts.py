"""Parts: the objects of a dataset by what their keys say, and which of them count.

    part-<partition>-<first offset>.parquet                                   as the sink wrote it
    part-<partition>-<first offset>.through-<offset>.from-<time>.parquet      compacted

A compacted part replaces the parts of its day and partition whose first offset lies between its
own first and `through`, from that time on and not before. The time is some minutes after it was
written, and what it replaces is deleted an hour after. So every reader decides by its own clock and
one listing: whatever moment it asks in, each row is there once. The SQL of the same rule stands in
dbt/macros/lake.sql.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spotifyweb.lake.base import Lake

PATTERN = re.compile(
    r"(?P<day>.+/year=\d{4}/month=\d\d/day=\d\d)/hour=\d\d"
    r"/part-(?P<partition>\d+)-(?P<first>[^./]+)"
    r"(\.through-(?P<through>[^./]+)\.from-(?P<valid_from>\d{8}T\d{6}Z))?\.parquet"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    key: str
    day: str  # the folder of its day
    partition: int
    first: str
    through: str = ""
    valid_from: str = ""  # UTC, sorts as text; "" of one that the sink wrote

    @property
    def is_compacted(self) -> bool:
        return bool(self.valid_from)

    @property
    def last_first(self) -> str:
        """Return the highest first offset that it stands for."""
        return self.through or self.first

    @property
    def day_ends_at(self) -> datetime:
        """Return the end of its day, in UTC."""
        year, month, day = (int(name.partition("=")[2]) for name in self.day.split("/")[-3:])
        return datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)

    def replaces(self, other: "Part") -> bool:
        return (
            self.first <= other.first <= self.through
            and (self.day, self.partition) == (other.day, other.partition)
            and other.valid_from < self.valid_from
        )


def parse(key: str) -> Part | None:
    """Return what a key says; None where it is no part, such as a snapshot."""
    match = PATTERN.fullmatch(key)
    if match is None:
        return None
    said = match.groupdict(default="")
    return Part(key=key, **{**said, "partition": int(said["partition"])})  # type: ignore[arg-type]


def parse_all(keys: Iterable[str]) -> list[Part]:
    return [part for key in keys if (part := parse(key)) is not None]


def compacted_key(parts: Sequence[Part], *, valid_from: datetime) -> str:
    """Return the key for the rows of these parts of a day and partition, sorted by offset."""
    first = parts[0]
    through = max(part.last_first for part in parts)
    stem = first.key.rpartition("/")[0] + f"/part-{first.partition}-{first.first}"
    return f"{stem}.through-{through}.from-{_stamp(valid_from)}.parquet"


def replaced_keys(parts: Iterable[Part], *, at: datetime) -> set[str]:
    """Return the keys of parts that a compacted one replaces at that moment."""
    by_place: dict[tuple[str, int], list[Part]] = defaultdict(list)
    for part in parts:
        by_place[part.day, part.partition].append(part)
    return {
        part.key
        for group in by_place.values()
        for compacted in group
        if compacted.is_compacted and compacted.valid_from <= _stamp(at)
        for part in group
        if compacted.replaces(part)
    }


def valid(parts: Sequence[Part], *, at: datetime) -> list[Part]:
    """Return the parts that count at that moment."""
    gone = replaced_keys(parts, at=at)
    return [part for part in parts if part.key not in gone and part.valid_from <= _stamp(at)]


def is_replaced(lake: Lake, key: str) -> bool:
    """Return whether a compacted part of the lake stands, or will stand, for this one."""
    part = parse(key)
    return part is not None and any(
        other.replaces(part) for other in parse_all(lake.keys(part.day + "/"))
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
