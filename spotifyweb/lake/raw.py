"""Records that make no event are still somebody's: what can be read of them, cut off or not."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from spotifyweb.lake.marks import Erased

FIELD = re.compile(
    rb'"(user_id|event_type|played_at|added_at|started_at|source|track_id|track_name|artist_name)"'
    rb'\s*:\s*"((?:[^"\\]|\\.)*)"'
)
LENGTH = re.compile(rb'"(ms_played|duration_ms)"\s*:\s*(\d{1,12})\b')
MOMENTS = {"played_at": "played_at", "added_at": "played_at", "started_at": "started_at"}


def told(raw: bytes) -> dict[str, Any]:
    """What these bytes name of an event, each as it is named first; only times that can be read."""
    found: dict[str, Any] = {}
    for name, value in FIELD.findall(raw):
        found.setdefault(name.decode(), _text(value))
    for name, value in LENGTH.findall(raw):
        found.setdefault(name.decode(), int(value))
    moments = {name: _moment(found.pop(name)) for name in MOMENTS if name in found}
    return found | {MOMENTS[name]: moment for name, moment in moments.items() if moment}


def is_theirs(erased: Erased, *, key: str | None, raw: bytes) -> bool:
    """By its key in the log or by the listener that it names, and by nothing that only looks so."""
    return erased.user_id in (key, told(raw).get("user_id"))


def covers(erased: Erased, *, key: str | None, raw: bytes, at: datetime) -> bool:
    """Whether it is erased; `at`, when it came, stands for a time that cannot be read."""
    if not is_theirs(erased, key=key, raw=raw):
        return False
    if erased.before is not None and at >= erased.before:
        return False
    return erased.covers({"played_at": at, **told(raw)})


def _text(value: bytes) -> str:
    try:
        return str(orjson.loads(b'"' + value + b'"'))
    except orjson.JSONDecodeError:
        return value.decode(errors="replace")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
