"""SQL conditions of exclusion rules: plays that do not count for their listener.

A rule hides plays and deletes none: they count again when it is off, or with `rules=0`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spotifyweb import bounds
from spotifyweb.text import fold_name
from spotifyweb.warehouse import placeholders


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Kind and value of a rule; hours read `22-6`, a track is named by any id of its recording."""

    kind: str
    value: str
    track_ids: frozenset[str] = frozenset()  # the others of its recording, for this listener


COLUMN = {
    "artist": "coalesce(folded_artist_name, '') <> ?",
    "album": "coalesce(folded_album_name, '') <> ?",
    "playlist": "coalesce(context, '') <> ?",
    "device": "lower(coalesce(device_name, device_type, 'unknown')) <> lower(?)",
}


def conditions(exclusions: Iterable[Exclusion]) -> list[tuple[str, Sequence[object]]]:
    """Return SQL conditions, with parameters, of the plays that no rule excludes."""
    return [_condition(exclusion) for exclusion in exclusions]


def _condition(exclusion: Exclusion) -> tuple[str, Sequence[object]]:
    if exclusion.kind == "track":
        ids = sorted({exclusion.value, *exclusion.track_ids})
        return f"release_track_id not in ({placeholders(ids)})", ids
    if exclusion.kind != "hours":
        is_name = exclusion.kind in ("artist", "album")
        return COLUMN[exclusion.kind], [fold_name(exclusion.value) if is_name else exclusion.value]
    start, end = parse_hours(exclusion.value)
    if start < end:
        return "not (start_hour >= ? and start_hour < ?)", [start, end]
    return "not (start_hour >= ? or start_hour < ?)", [start, end]  # over midnight


def is_named(exclusion: Exclusion, names: Mapping[str, Any]) -> bool:
    """Return whether a rule leaves out every play of what has these names and this track_id."""
    if exclusion.kind == "track":
        return _is_track(exclusion, names)
    name = names.get(f"{exclusion.kind}_name")
    is_name = exclusion.kind in ("artist", "album")
    return is_name and fold_name(name or "") == fold_name(exclusion.value)


def _is_track(exclusion: Exclusion, names: Mapping[str, Any]) -> bool:
    ids = {names.get("track_id"), names.get("release_track_id")}
    return not ids.isdisjoint({exclusion.value, *exclusion.track_ids})


def excludes(exclusion: Exclusion, play: Mapping[str, Any]) -> bool:
    """Return whether a rule leaves out this play, as the SQL condition does."""
    kind, value = exclusion.kind, exclusion.value
    if kind == "hours":
        start, end = parse_hours(value)
        hour: int = play["start_hour"]
        return start <= hour < end if start < end else hour >= start or hour < end
    if kind == "device":
        device = play["device_name"] or play["device_type"] or "unknown"
        return str(device).lower() == value.lower()
    if kind == "playlist":
        return bool(play["context"] == value)
    return is_named(exclusion, play)


def parse_hours(value: str) -> tuple[int, int]:
    """Parse `22-6` as (22, 6). Raises ValueError for anything but two hours of a day."""
    start, _, end = value.partition("-")
    first, last = bounds.parse_integer(start), bounds.parse_integer(end)
    if (
        first is None
        or last is None
        or not (0 <= first <= 24 and 0 <= last <= 24 and first != last)
    ):
        raise ValueError(f"{value[:20]!r} is not a span of hours such as 22-6")
    return first, last
