"""Gold once more, in plain Python over the raw rows. Shares no line with the SQL."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
BEST_FIRST = ["extended_history", "player", "simulation", "recently_played", "account_data"]


@dataclass(slots=True, kw_only=True)
class Listen:
    """One real play or skip, and the events that tell of it, the best first."""

    tellings: list[Row]
    heard_ms: int | None = None
    started_at: datetime | None = None
    local_at: datetime | None = None
    known: dict[str, int] = field(default_factory=dict)

    def best(self, name: str) -> Any:
        return next((row[name] for row in self.tellings if row.get(name) is not None), None)

    @property
    def event_id(self) -> str:
        return str(self.tellings[0]["event_id"])

    @property
    def ended_at(self) -> datetime:
        moment: datetime = self.tellings[0]["played_at"]
        return moment


def listens(
    rows: Iterable[Row],
    *,
    now: datetime,
    lengths: dict[str, int],
    homes: list[tuple[str, str, datetime]],
    separations: Iterable[Row] = (),
) -> list[Listen]:
    """`lengths`: of a track by its id, where the catalogue knows it."""
    apart = {frozenset((row["first_event_id"], row["second_event_id"])) for row in separations}
    by_listener: dict[str, list[Listen]] = defaultdict(list)
    for together in _merged(list(_valid(rows, now=now)), lengths):
        for listen in _split(together, apart):
            by_listener[listen.tellings[0]["user_id"]].append(listen)
    for user_id, heard in by_listener.items():
        heard.sort(key=lambda one: (one.ended_at, one.event_id))
        _time(heard, lengths)
        for listen in heard:
            listen.local_at = local(listen.started_at, user_id, homes)  # type: ignore[arg-type]
    return [listen for heard in by_listener.values() for listen in heard]


def _valid(rows: Iterable[Row], *, now: datetime) -> Iterator[Row]:
    seen: set[str] = set()
    for row in sorted(rows, key=lambda one: (one["landed_at"], one["log_offset"])):
        if row["event_id"] in seen:
            continue
        seen.add(row["event_id"])
        known_length = row.get("duration_ms")
        wrong = not row["user_id"] or row["played_at"] > now
        wrong |= known_length is not None and known_length <= 0
        wrong |= row.get("ms_played") is not None and row["ms_played"] < 0
        if not wrong:
            yield row


def _merged(rows: list[Row], lengths: dict[str, int]) -> Iterator[Listen]:
    """Names are unique here, so they stand for the recording."""
    repeated = _told_again(rows, lengths)
    precise: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["source"] != "account_data":
            precise[row["user_id"], row["track_name"]].append(row)
    found = [
        listen for group in precise.values() for listen in _neighbours(group, lengths, repeated)
    ]
    by_minute: dict[tuple[str, str, datetime], list[Listen]] = defaultdict(list)
    for listen in sorted(found, key=lambda one: (one.ended_at, one.event_id)):
        row = listen.tellings[0]
        by_minute[row["user_id"], row["track_name"], _minute(listen.ended_at)].append(listen)
    for row in sorted(rows, key=lambda one: (one["played_at"], one["event_id"])):
        if row["source"] == "account_data":
            waiting = by_minute[row["user_id"], row["track_name"], _minute(row["played_at"])]
            if waiting:
                waiting.pop(0).tellings.append(row)
            else:
                found.append(Listen(tellings=[row]))
    yield from found


def _told_again(rows: list[Row], lengths: dict[str, int]) -> set[str]:
    """Rows of the recent list that follow one of the same song too soon to be whole."""
    lists: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: (one["played_at"], one["event_id"])):
        if row["source"] == "recently_played":
            lists[row["user_id"]].append(row)
    return {
        row["event_id"]
        for told in lists.values()
        for before, row in itertools.pairwise(told)
        if before["track_name"] == row["track_name"] and _is_short(before, row, lengths)
    }


def _is_short(before: Row, row: Row, lengths: dict[str, int]) -> bool:
    """Whether there was no time for what the row says between the two ends."""
    said = (row.get("ms_played"), row.get("duration_ms"), lengths.get(row["track_id"]))
    length = next((value for value in said if value is not None), 0)
    return _ms(row["played_at"] - before["played_at"]) * 4 < length * 3


def _neighbours(group: list[Row], lengths: dict[str, int], repeated: set[str]) -> Iterator[Listen]:
    group.sort(key=lambda row: (row["played_at"], row["event_id"]))
    islands: list[list[Row]] = []
    for row in group:
        if islands and _is_near(islands[-1][-1], row, lengths, repeated):
            islands[-1].append(row)
        else:
            islands.append([row])
    for island in islands:
        turns: dict[int, list[Row]] = defaultdict(list)
        told: Counter[str] = Counter()
        for row in island:
            if row["event_id"] not in repeated or not told[row["source"]]:
                told[row["source"]] += 1
            turns[told[row["source"]]].append(row)
        for tellings in turns.values():
            newest_first = sorted(tellings, key=lambda row: row["played_at"], reverse=True)
            yield Listen(tellings=sorted(newest_first, key=lambda r: BEST_FIRST.index(r["source"])))


def _is_near(before: Row, row: Row, lengths: dict[str, int], repeated: set[str]) -> bool:
    sources = before["source"] == "recently_played", row["source"] == "recently_played"
    return (
        row["played_at"] - before["played_at"] <= timedelta(seconds=30)
        or row["event_id"] in repeated
        or (sources == (True, False) and _is_short(before, row, lengths))
    )


def _split(listen: Listen, apart: set[frozenset[str]]) -> Iterator[Listen]:
    """What the listener says were several: each telling below those that it must not join."""
    levels: dict[str, int] = {}
    parts: dict[int, list[Row]] = defaultdict(list)
    for row in listen.tellings:
        not_with = [
            level for other, level in levels.items() if frozenset((other, row["event_id"])) in apart
        ]
        levels[row["event_id"]] = level = max(not_with, default=-1) + 1
        parts[level].append(row)
    for tellings in parts.values():
        yield Listen(tellings=tellings)


def _time(heard: list[Listen], lengths: dict[str, int]) -> None:
    previous: datetime | None = None
    for listen in heard:
        length = listen.best("duration_ms")
        if length is None:
            length = next(
                (lengths[r["track_id"]] for r in listen.tellings if r["track_id"] in lengths), None
            )
        listen.heard_ms = listen.best("ms_played")
        if listen.heard_ms is None:
            gap = None if previous is None else _ms(listen.ended_at - previous)
            listen.heard_ms = length if length is None or gap is None else min(length, gap)
        listen.started_at = listen.ended_at - timedelta(milliseconds=listen.heard_ms or 0)
        previous = listen.ended_at


def local(moment: datetime, user_id: str, homes: list[tuple[str, str, datetime]]) -> datetime:
    mine = sorted((since, zone) for owner, zone, since in homes if owner == user_id)
    zone = mine[0][1] if mine else "UTC"
    for since, later in mine[1:]:
        zone = later if moment >= since else zone
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def daily(found: list[Listen]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """user_daily_listening."""
    groups: dict[tuple[Any, ...], list[Listen]] = defaultdict(list)
    for listen in found:
        assert listen.local_at is not None
        row = listen.tellings[0]
        device = listen.best("device_type") or "unknown"
        kind = row["content_type"]
        groups[row["user_id"], listen.local_at.date(), device, row["source"], kind].append(listen)
    return {key: _numbers(group) for key, group in groups.items()}


def hourly(found: list[Listen]) -> dict[tuple[Any, ...], tuple[int, int]]:
    """listening_hours, without devices and sources."""
    groups: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for listen in found:
        assert listen.local_at is not None
        at = listen.local_at
        key = (listen.tellings[0]["user_id"], at.date(), at.hour, at.weekday())
        groups[key][listen.best("event_type")] += 1
    return {key: (count["play"], count["skip"]) for key, count in groups.items()}


def _numbers(group: list[Listen]) -> tuple[int, ...]:
    plays = [listen for listen in group if listen.best("event_type") == "play"]
    skips = [listen for listen in group if listen.best("event_type") == "skip"]
    return (
        len(plays),
        len(skips),
        sum(listen.heard_ms or 0 for listen in plays),
        sum(listen.heard_ms or 0 for listen in skips),
        len({listen.tellings[0]["artist_name"] for listen in plays}),
    )


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
