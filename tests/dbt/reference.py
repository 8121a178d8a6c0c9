"""Gold once more, in plain Python over the raw rows. Shares no line with the SQL."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
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
    device: str | None = None  # or that of the listen before, where none is known
    listening_from: datetime | None = None
    hours: Counter[datetime] = field(default_factory=Counter)  # ms by local hour
    known: dict[str, int] = field(default_factory=dict)

    def best(self, name: str) -> Any:
        return next((row[name] for row in self.tellings if row.get(name) is not None), None)

    @property
    def own_from(self) -> datetime:
        """From when on it would have been heard were it alone."""
        return _over(self) - timedelta(milliseconds=self.heard_ms or 0)

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
        _lay_out(heard)
        for listen in heard:
            zone = zone_at(listen.started_at, user_id, homes)  # type: ignore[arg-type]
            _spread(listen, zone)
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
    again = _handed_in_again(rows)
    rows = [row for row in rows if row["event_id"] not in again]
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
    first = {listen.event_id: listen for listen in found}
    for row, first_id in again.values():
        first[first_id].tellings.insert(1, row)
    yield from found


def _handed_in_again(rows: list[Row]) -> dict[str, tuple[Row, str]]:
    """Rows of the export with the device start, item and length of one that came before."""
    first: dict[tuple[Any, ...], str] = {}
    again = {}
    for row in sorted(rows, key=lambda one: one["played_at"]):
        if began := row.get("device_started_at"):
            listen = row["user_id"], row["track_id"], row["ms_played"], began.replace(microsecond=0)
            if listen in first:
                again[row["event_id"]] = row, first[listen]
            first.setdefault(listen, row["event_id"])
    return again


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


def _lay_out(heard: list[Listen]) -> None:
    """Each device plays one thing at a time: from the last listen on, the one before gives way."""
    device, lanes = None, defaultdict(list)
    for listen in heard:
        device = listen.best("device_type") or listen.best("platform") or device
        listen.device = device
        lanes[device].append(listen)
    for lane in lanes.values():
        free: datetime | None = None
        for listen in sorted(lane, key=lambda one: (_over(one), one.event_id), reverse=True):
            length = timedelta(milliseconds=listen.heard_ms or 0)
            free = min(_over(listen), free or _over(listen)) - length
            own = listen.own_from
            listen.listening_from = own if own - free > timedelta(days=1) else free


def _over(listen: Listen) -> datetime:
    assert listen.started_at
    return min(listen.ended_at, listen.started_at + timedelta(milliseconds=listen.heard_ms or 0))


def _spread(listen: Listen, zone: ZoneInfo) -> None:
    """Minute by minute onto the hours of the clock where it began."""
    assert listen.started_at and listen.listening_from
    listen.local_at = listen.started_at.astimezone(zone).replace(tzinfo=None)
    moment = listen.listening_from
    until = moment + timedelta(milliseconds=listen.heard_ms or 0)
    while moment < until:
        next_one = min(until, moment.replace(second=0, microsecond=0) + timedelta(minutes=1))
        hour = moment.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        listen.hours[hour] += _ms(next_one - moment)
        moment = next_one


def zone_at(moment: datetime, user_id: str, homes: list[tuple[str, str, datetime]]) -> ZoneInfo:
    mine = sorted((since, zone) for owner, zone, since in homes if owner == user_id)
    zone = mine[0][1] if mine else "UTC"
    for since, later in mine[1:]:
        zone = later if moment >= since else zone
    return ZoneInfo(zone)


Sums = dict[tuple[Any, ...], Counter[str]]


def _sums(found: list[Listen], step: Callable[[datetime], tuple[Any, ...]], *more: str) -> Sums:
    """By listener, step of time and more: counted where it began, with time where it was heard."""
    sums: Sums = defaultdict(Counter)
    for listen in found:
        assert listen.local_at is not None
        row, kind = listen.tellings[0], listen.best("event_type")
        known = {
            "device_type": listen.best("device_type") or "unknown",
            "source": row["source"],
            "content_type": row["content_type"],
        }
        rest = tuple(known[name] for name in more)
        sums[row["user_id"], *step(listen.local_at), *rest][kind] += 1
        for hour, ms in listen.hours.items():
            sums[row["user_id"], *step(hour), *rest] += Counter({"ms": ms, f"{kind}_ms": ms})
    return sums


def daily(found: list[Listen]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """daily_listening_by_device, but for its unique counts."""
    sums = _sums(found, lambda at: (at.date(),), "device_type", "source", "content_type")
    names = ("play", "skip", "ms", "skip_ms")
    return {key: tuple(numbers[name] for name in names) for key, numbers in sums.items()}


def artists(found: list[Listen]) -> dict[tuple[Any, ...], int]:
    """The unique artists of each day and device."""
    names: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for listen in found:
        assert listen.local_at is not None
        row, device = listen.tellings[0], listen.best("device_type") or "unknown"
        key = (row["user_id"], listen.local_at.date(), device, row["source"], row["content_type"])
        if listen.best("event_type") == "play":
            names[key].add(row["artist_name"])
    return {key: len(them) for key, them in names.items()}


def hourly(found: list[Listen]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """listening_hours, without devices and sources."""
    sums = _sums(found, lambda at: (at.date(), at.hour, at.weekday()))
    return {key: (n["play"], n["skip"], n["ms"]) for key, n in sums.items()}


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
