"""The pages' numbers once more, by counting in plain Python. Shares no line with the product."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.reference_listens import EPOCH, CountedListen

Numbers = dict[str, Any]
KEYS: dict[str, Callable[[CountedListen], tuple[str | None, ...]]] = {
    "tracks": lambda one: (one.track_id,),
    "artists": lambda one: (one.artist_name,),
    "albums": lambda one: (one.artist_name, one.album_name),
}
NAMES = {
    "tracks": ("track_id",),
    "artists": ("artist_name",),
    "albums": ("artist_name", "album_name"),
}


def totals(pieces: Iterable[CountedListen]) -> Numbers:
    pieces = list(pieces)
    listens = [one for one in pieces if one.begins]
    plays = [one for one in listens if one.is_play]
    heard_ms, days = time(pieces), len({one.local_date for one in plays})
    return {
        "plays": len(plays),
        "skips": len(listens) - len(plays),
        "begun": len(listens),
        "heard_ms": heard_ms,
        "days": days,
        "daily_ms": heard_ms // days if days else 0,
        "daily_plays": round(len(plays) / days) if days else 0,
        "skip_rate": (len(listens) - len(plays)) / len(listens) if listens else None,
    }


def unique(pieces: Iterable[CountedListen]) -> Numbers:
    plays = [one for one in pieces if one.is_play and one.begins]
    return {
        "tracks": len({one.track_id for one in plays}),
        "artists": len({one.artist_name for one in plays}),
        "albums": len({(one.artist_name, one.album_name) for one in plays if one.album_name}),
    }


def streaks(plays: Iterable[CountedListen], *, today: date) -> Numbers:
    days = {one.local_date for one in plays if one.begins}
    runs = {day: run_until(day, days) for day in days}
    longest = max(runs.values(), default=0)
    alive = next((day for day in (today, today - timedelta(1)) if day in days), None)
    return {
        "current": runs[alive] if alive else 0,
        "longest": longest,
        "longest_until": max((str(day) for day in days if runs[day] == longest), default=None),
    }


def run_until(day: date, days: set[date]) -> int:
    length = 0
    while day in days:
        length, day = length + 1, day - timedelta(1)
    return length


def bucket(day: date, step: str) -> str:
    if step == "month":
        return f"{day:%Y-%m}-01"
    return str(day - timedelta(days=day.weekday()) if step == "week" else day)


def over_time(listens: Iterable[CountedListen], step: str) -> dict[str, tuple[int, ...]]:
    """By step: plays, skips, begun, heard_ms."""
    groups: dict[str, list[CountedListen]] = defaultdict(list)
    for one in listens:
        groups[bucket(one.local_date, step)].append(one)
    names = ("plays", "skips", "begun", "heard_ms")
    return {day: tuple(totals(group)[name] for name in names) for day, group in groups.items()}


def discovery(
    plays: Sequence[CountedListen], everything: Sequence[CountedListen], step: str
) -> Numbers:
    """By step: tracks never heard before it, and tracks that were. `everything`: ever played."""
    first: dict[str, date] = {}
    for one in everything:
        first[one.track_id] = min(one.local_date, first.get(one.track_id, one.local_date))
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for one in plays:
        day = bucket(one.local_date, step)
        is_known = str(first[one.track_id]) < day
        found[day][is_known].add(one.track_id)
    return {day: (len(new), len(known)) for day, (new, known) in found.items()}


def ranking(pieces: Iterable[CountedListen], kind: str, *, by: str) -> list[tuple[Any, ...]]:
    """In order: key, plays, heard_ms. What has no name has no place, nor what was only skipped."""
    groups: dict[tuple[Any, ...], list[CountedListen]] = defaultdict(list)
    for one in pieces:
        if None not in KEYS[kind](one):
            groups[KEYS[kind](one)].append(one)
    counted = [(key, sum(_is_play(one) for one in group), group) for key, group in groups.items()]
    rows = [(key, plays, time(group)) for key, plays, group in counted if plays]
    first, second = (1, 2) if by == "plays" else (2, 1)
    return sorted(rows, key=lambda row: (-row[first], -row[second], row[0]))


def moves(
    now: list[tuple[Any, ...]], before: list[tuple[Any, ...]]
) -> dict[tuple[Any, ...], int | None]:
    """By key: places up since the period before; None for what was not heard then."""
    was = {row[0]: place for place, row in enumerate(before)}
    return {row[0]: was[row[0]] - p if row[0] in was else None for p, row in enumerate(now)}


def totals_by_attribute(
    listens: Iterable[CountedListen], aspect: str, words: dict[Any, str]
) -> dict[str, tuple[int, ...]]:
    """By what was said: plays, skips and heard_ms."""
    groups: dict[str, list[CountedListen]] = defaultdict(list)
    for one in listens:
        told = one.device if aspect == "device_type" else one.attributes[aspect]
        groups[words.get(told, told)].append(one)
    names = ("plays", "skips", "heard_ms")
    return {what: tuple(totals(group)[name] for name in names) for what, group in groups.items()}


def _is_play(one: CountedListen) -> bool:
    return one.is_play and one.begins


def hours(pieces: Iterable[CountedListen]) -> Counter[int]:
    heard: Counter[int] = Counter()
    for one in pieces:
        heard[one.local_at.hour] += one.heard_ms
    return heard


def time(pieces: Iterable[CountedListen]) -> int:
    """Of plays and skips."""
    return sum(one.heard_ms for one in pieces)


def recent_tracks(plays: Iterable[CountedListen], *, today: date) -> dict[str, list[Any]]:
    """Tracks new in 28 days and played again; back after 90 days; most plays within seven days."""
    days: dict[str, list[date]] = defaultdict(list)
    for one in sorted(plays, key=lambda one: one.local_date):
        days[one.track_id].append(one.local_date)
    since = today - timedelta(27)
    discoveries, returns, dense = [], [], []
    for track, dates in days.items():
        late = [day for day in dates if since <= day <= today]
        early = [day for day in dates if day < since]
        if len(late) >= 2 and not early:
            discoveries.append((-len(late), -late[0].toordinal(), track))
        if late and early and (late[0] - early[-1]).days >= 90:
            returns.append((-len(early), -len(late), track, (late[0] - early[-1]).days))
        for day in late:
            count = sum(day - timedelta(6) <= other <= day for other in late)
            dense.append((-count, -day.toordinal(), track))
    return {
        "discoveries": [(track, -n) for n, _, track in sorted(discoveries)[:6]],
        "returns": [(track, -n, silent) for _, n, track, silent in sorted(returns)[:6]],
        "obsession": [(track, -n) for n, _, track in sorted(dense)[:1] if n <= -5],
    }


def anniversaries(
    pieces: Sequence[CountedListen], *, today: date
) -> dict[date, tuple[int, int, str]]:
    """By date of earlier years: plays, time, and the track played most."""
    found = {}
    for day in {one.local_date for one in pieces if one.local_date < today}:
        of_day = [one for one in pieces if one.local_date == day]
        ranked = ranking(of_day, "tracks", by="plays")
        if (day.month, day.day) == (today.month, today.day) and ranked:
            found[day] = (sum(map(_is_play, of_day)), time(of_day), ranked[0][0][0])
    return found


def sessions(listens: Iterable[CountedListen]) -> list[list[CountedListen]]:
    """Of plays and skips in order of their ends; half an hour of silence is between two."""
    found: list[list[CountedListen]] = []
    silent_since = EPOCH
    for one in sorted(listens, key=lambda one: (one.ended_at, one.event_id)):
        if not found or one.started_at - silent_since > timedelta(minutes=30):
            found.append([])
        found[-1].append(one)
        silent_since = sound_end(one)
    return found


def sound_end(one: CountedListen) -> datetime:
    if one.sounded_ms is None:
        return one.ended_at
    return min(one.ended_at, one.started_at + timedelta(milliseconds=one.sounded_ms))


def longest_sessions(
    listens: Iterable[CountedListen],
    counts: Callable[[CountedListen], bool],
    first: date = date.min,
    last: date = date.max,
) -> list[tuple[Any, ...]]:
    """Day, start, milliseconds, plays and first track of those that began in these days."""
    rows = []
    for session in sessions(listens):
        counted = [one for one in session if counts(one)]
        plays = sum(one.is_play for one in counted)
        if not plays:
            continue
        start = min(counted, key=lambda one: (one.started_at, one.event_id))
        length = max(map(sound_end, counted)) - start.started_at
        if first <= min(one.local_date for one in counted) <= last:
            ms = length // timedelta(milliseconds=1)
            rows.append((start.started_at, start.local_at, ms, plays, start.track_name))
    rows.sort(key=lambda row: (-row[2], row[0]))
    return [row[1:] for row in rows[:10]]


def artist_ranks(pieces: Iterable[CountedListen], artist: str, step: str) -> dict[str, int]:
    """By step: the artist's place, where it was played."""
    groups: dict[str, list[CountedListen]] = defaultdict(list)
    for one in pieces:
        groups[bucket(one.local_date, step)].append(one)
    places = {
        day: [key for (key,), *_ in ranking(group, "artists", by="plays")]
        for day, group in groups.items()
    }
    return {day: names.index(artist) + 1 for day, names in places.items() if artist in names}
