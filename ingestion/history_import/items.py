"""What was heard in a row: a track, an episode or a chapter, by its id or by its names."""

import re
from typing import Any, NamedTuple

from ingestion.history_import.unusable import Unusable, text

ID = re.compile(r"[0-9A-Za-z]{1,40}")


class Item(NamedTuple):
    """As events name it; for episodes the artist is the show, for chapters the book."""

    content_type: str
    track_id: str | None
    track_name: str | None
    artist_name: str | None
    album_name: str | None


def extended(row: dict[str, Any]) -> Item:
    """Raises Unusable (unattributed) where Spotify lost both the id and the names.

    A chapter may carry an episode URI too, so the more special is asked first.
    """
    item = _chapter(row) or _episode(row) or _track(row)
    if item is None:
        raise Unusable("unattributed", "neither an id nor a title")
    return item


def account(row: dict[str, Any]) -> Item:
    """Account data knows names only. Raises Unusable (unattributed) where it has not even those."""
    if name := text(row.get("trackName")):
        artist = text(row.get("artistName"))
        if name == "Unknown Track" and artist in {"Unknown Artist", None}:
            raise Unusable("unattributed", "Spotify calls it Unknown Track")
        return Item("track", None, name, artist, None)
    if name := text(row.get("episodeName")):
        show = text(row.get("podcastName"))
        return Item("episode", None, name, show, show)
    if name := text(row.get("chapterName")) or text(row.get("audiobookName")):
        return Item(
            "chapter", None, name, text(row.get("authorName")), text(row.get("audiobookName"))
        )
    raise Unusable("unattributed", "neither an id nor a title")


def _chapter(row: dict[str, Any]) -> Item | None:
    chapter_id = _id(row.get("audiobook_chapter_uri"), "episode")
    book = text(row.get("audiobook_title"))
    name = text(row.get("audiobook_chapter_title")) or book
    return Item("chapter", chapter_id, name, book, book) if chapter_id or name else None


def _episode(row: dict[str, Any]) -> Item | None:
    episode_id = _id(row.get("spotify_episode_uri"), "episode")
    name, show = text(row.get("episode_name")), text(row.get("episode_show_name"))
    return Item("episode", episode_id, name, show, show) if episode_id or name else None


def _track(row: dict[str, Any]) -> Item | None:
    track_id = _id(row.get("spotify_track_uri"), "track")
    name = text(row.get("master_metadata_track_name"))
    artist = text(row.get("master_metadata_album_artist_name"))
    album = text(row.get("master_metadata_album_album_name"))
    return Item("track", track_id, name, artist, album) if track_id or name else None


def _id(uri: Any, kind: str) -> str | None:
    """The id in `spotify:track:<id>`; local files and anything else have none."""
    prefix = f"spotify:{kind}:"
    if not isinstance(uri, str) or not uri.startswith(prefix):
        return None
    item_id = uri[len(prefix) :]
    return item_id if ID.fullmatch(item_id) else None
