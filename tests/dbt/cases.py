"""Imported files that went wrong once, and what their listeners correct by hand."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

CASES = {
    "mara": "song-under-several-ids",
    "noa": "accents-in-search",
    "ines": "artist-in-two-spellings",
    "lisa": "song-under-several-ids",  # she corrects what hers are, and so does Ivo
    "ivo": "artist-in-two-spellings",
}
SINGLE, DELUXE, OTHER = (
    "53aa3de48271acbe04f17d",
    "4904f65ac462527a7fddb2",
    "df8a04e8ee7e395ff8d394",
)
CORRECTIONS: list[dict[str, Any]] = [
    {"user_id": "lisa", "kind": "track", "action": "split", "subject": DELUXE},
    {"user_id": "lisa", "kind": "track", "action": "join", "subject": SINGLE, "other": OTHER},
    {"user_id": "ivo", "kind": "artist", "action": "split", "subject": "Bjørn Luna"},
]


def imported(user_id: str, case: str) -> Iterator[dict[str, Any]]:
    """The plays of a history file, as its import would land them."""
    path = Path(__file__).parents[1] / "data" / "cases" / f"{case}.json"
    for number, row in enumerate(json.loads(path.read_text())):
        yield {
            "event_id": str(uuid5(NAMESPACE_URL, f"{user_id}/{number}")),
            "user_id": user_id,
            "event_type": "play",
            "schema_version": 1,
            "played_at": datetime.fromisoformat(row["ts"]),
            "track_id": row["spotify_track_uri"].removeprefix("spotify:track:"),
            "track_name": row["master_metadata_track_name"],
            "artist_name": row["master_metadata_album_artist_name"],
            "album_name": row["master_metadata_album_album_name"],
            "content_type": "track",
            "source": "extended_history",
            "ms_played": row["ms_played"],
            "skipped": False,
        }
