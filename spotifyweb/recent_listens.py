"""Recent listens from the live path, for recommendations that a build is too old for.

The list `live:<user_id>` in Valkey, newest first, holds JSON objects of track_id and played_at,
which is when it ended. The item that plays is on top with the time it started, until its listen is
known: a play replaces it, a skip removes it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import orjson
import redis

from spotifyweb.lake import Suppression

MAX_ENTRIES = 100
EXPIRY = timedelta(days=2)


def list_key(user_id: str) -> str:
    return f"live:{user_id}"


def record(client: "redis.Redis", events: Iterable[dict[str, Any]]) -> None:
    """Record events of a listener, oldest first; recording them again changes nothing."""
    for row in events:
        key = list_key(row["user_id"])
        drop_playing(client, key)
        is_track = row.get("content_type", "track") == "track" and row.get("track_id")
        if is_track and row["event_type"] != "skip":
            entry = orjson.dumps(entry_of(row))
            client.lrem(key, 1, entry.decode())
            client.lpush(key, entry)
            client.ltrim(key, 0, MAX_ENTRIES - 1)
            client.expire(key, EXPIRY)


def entry_of(row: dict[str, Any]) -> dict[str, Any]:
    entry = {"track_id": row["track_id"], "played_at": row["played_at"]}
    return {**entry, "playing": True} if row["event_type"] == "playback" else entry


def drop_playing(client: "redis.Redis", key: str) -> None:
    top: Any = client.lindex(key, 0)
    if top and orjson.loads(top).get("playing"):
        client.lpop(key)


def erase_part(client: "redis.Redis", erased: Suppression) -> int:
    """Remove the entries that an erasure covers; returns how many."""
    key, count = list_key(erased.user_id), 0
    entries: Any = client.lrange(key, 0, -1)
    for entry in entries:
        listen = orjson.loads(entry)
        moment = datetime.fromisoformat(listen["played_at"])
        kind = "playback" if listen.get("playing") else "play"
        if erased.matches({**listen, "played_at": moment, "event_type": kind, "source": "player"}):
            count += int(client.lrem(key, 0, entry))  # type: ignore[arg-type]
    return count


def erase_all(client: "redis.Redis", user_id: str) -> None:
    client.delete(list_key(user_id))
