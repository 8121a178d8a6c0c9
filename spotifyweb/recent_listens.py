"""Recent listens from the live path, for recommendations and pages that a build is too old for.

The list `live:<user_id>` in Valkey, newest first, holds JSON objects of track_id and played_at,
which is when it ended. The item that plays is on top with the time it started, until its listen is
known: a play replaces it, a skip removes it.

The list `plays:<user_id>` holds the whole events of plays, podcasts and local files too. A build
takes nothing out of it: pages leave out what the build knows.
"""

import dataclasses
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import orjson
import redis

from spotifyweb.events import Play
from spotifyweb.lake import Suppression

MAX_ENTRIES = 100
EXPIRY = timedelta(days=2)


def list_key(user_id: str) -> str:
    return f"live:{user_id}"


def plays_key(user_id: str) -> str:
    return f"plays:{user_id}"


def record(client: "redis.Redis", events: Iterable[dict[str, Any]]) -> None:
    """Record events of a listener, oldest first; recording them again changes nothing."""
    for row in events:
        key = list_key(row["user_id"])
        drop_playing(client, key)
        if row["event_type"] == "play":
            push(client, plays_key(row["user_id"]), orjson.dumps(row))
        is_track = row.get("content_type", "track") == "track" and row.get("track_id")
        if is_track and row["event_type"] != "skip":
            push(client, key, orjson.dumps(entry_of(row)))


def push(client: "redis.Redis", key: str, entry: bytes) -> None:
    """Put an entry on top of a list, where it stands once."""
    client.lrem(key, 1, entry.decode())
    client.lpush(key, entry)
    client.ltrim(key, 0, MAX_ENTRIES - 1)
    client.expire(key, EXPIRY)


def plays(client: "redis.Redis", user_id: str) -> list[dict[str, Any]]:
    """Return the recent plays, oldest first, with aware times and every field of a play."""
    entries: Any = client.lrange(plays_key(user_id), 0, -1)
    found = [_play(orjson.loads(entry)) for entry in entries]
    return sorted(found, key=lambda play: play["ended_at"])


def _play(row: dict[str, Any]) -> dict[str, Any]:
    play = dataclasses.asdict(Play.from_json(row))
    ended_at, started_at = play["played_at"], play["started_at"]
    started_at = started_at or ended_at - timedelta(milliseconds=play["ms_played"] or 0)
    return play | {"event_id": row["event_id"], "ended_at": ended_at, "started_at": started_at}


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
    erase_plays(client, erased)
    return count


def erase_plays(client: "redis.Redis", erased: Suppression) -> None:
    """Remove the plays that an erasure covers from the list for pages."""
    key = plays_key(erased.user_id)
    entries: Any = client.lrange(key, 0, -1)
    for entry in entries:
        if erased.matches(_play(orjson.loads(entry)) | {"event_type": "play"}):
            client.lrem(key, 0, entry)


def erase_all(client: "redis.Redis", user_id: str) -> None:
    client.delete(list_key(user_id), plays_key(user_id))
