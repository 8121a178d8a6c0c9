"""Fields of an export's row, read without trusting their types: any may be null or absent."""

import re
from typing import Any, NamedTuple

from ingestion.history_import.errors import gettext_noop

ID = re.compile(r"[0-9A-Za-z]{1,40}")


LONGEST_TEXT = 1000  # titles end long before; what goes on is an accident
WHOLE_NUMBER = re.compile(r"(-?[0-9]{1,18})(\.0{1,9})?")
EXACT_BELOW = 2.0**53  # larger floats stand for several whole numbers
FLAGS = {"true": True, "false": False}


class Item(NamedTuple):
    """A track, an episode or a chapter as events name it.

    The artist of an episode is its show, that of a chapter its book, or its author in account data.
    """

    content_type: str
    track_id: str | None
    track_name: str | None
    artist_name: str | None
    album_name: str | None


def extended_item(row: dict[str, Any]) -> Item:
    """Return the item of an extended history's row. Raises UnusableRow where id and names are lost.

    A chapter may carry an episode's URI too, so the more specific kind is read first.
    """
    item = _chapter(row) or _episode(row) or _track(row)
    if item is None:
        raise UnusableRow("unattributed", gettext_noop("neither an id nor a title"))
    return item


def account_item(row: dict[str, Any]) -> Item:
    """Return the item of an account data row, which has names only.

    Raises UnusableRow (unattributed) where it lacks even those.
    """
    if name := parse_text(row.get("trackName")):
        artist = parse_text(row.get("artistName"))
        if name == "Unknown Track" and artist in {"Unknown Artist", None}:
            raise UnusableRow("unattributed", gettext_noop("Spotify calls it Unknown Track"))
        return Item("track", None, name, artist, None)
    if name := parse_text(row.get("episodeName")):
        show = parse_text(row.get("podcastName"))
        return Item("episode", None, name, show, show)
    if name := parse_text(row.get("chapterName")) or parse_text(row.get("audiobookName")):
        return Item(
            "chapter",
            None,
            name,
            parse_text(row.get("authorName")),
            parse_text(row.get("audiobookName")),
        )
    raise UnusableRow("unattributed", gettext_noop("neither an id nor a title"))


def _chapter(row: dict[str, Any]) -> Item | None:
    chapter_id = _id(row.get("audiobook_chapter_uri"), "episode")
    book = parse_text(row.get("audiobook_title"))
    name = parse_text(row.get("audiobook_chapter_title")) or book
    return Item("chapter", chapter_id, name, book, book) if chapter_id or name else None


def _episode(row: dict[str, Any]) -> Item | None:
    episode_id = _id(row.get("spotify_episode_uri"), "episode")
    name, show = parse_text(row.get("episode_name")), parse_text(row.get("episode_show_name"))
    return Item("episode", episode_id, name, show, show) if episode_id or name else None


def _track(row: dict[str, Any]) -> Item | None:
    track_id = _id(row.get("spotify_track_uri"), "track")
    name = parse_text(row.get("master_metadata_track_name"))
    artist = parse_text(row.get("master_metadata_album_artist_name"))
    album = parse_text(row.get("master_metadata_album_album_name"))
    return Item("track", track_id, name, artist, album) if track_id or name else None


def _id(uri: Any, kind: str) -> str | None:
    """Return the id in `spotify:track:<id>`; None for local files and anything else."""
    prefix = f"spotify:{kind}:"
    if not isinstance(uri, str) or not uri.startswith(prefix):
        return None
    item_id = uri[len(prefix) :]
    return item_id if ID.fullmatch(item_id) else None


class UnusableRow(ValueError):
    """This row becomes no event; it is counted under `outcome` with `reason`."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


def parse_text(value: Any) -> str | None:
    """Return the text without NUL, cut to LONGEST_TEXT; None for an empty text or another type."""
    if not isinstance(value, str) or not value or value.isspace():
        return None
    if "\x00" in value:  # Postgres takes no NUL
        value = value.replace("\x00", "")
    return value[:LONGEST_TEXT] or None


def parse_bool(value: Any) -> bool | None:
    """Return True or False, also from text; None for anything else."""
    if isinstance(value, str):
        return FLAGS.get(value.strip().lower())
    return value if value is True or value is False else None


def parse_int(value: Any) -> int | None:
    """Return a whole number, also from `200000.0` or text; None for whatever is not certain."""
    if isinstance(value, str):
        found = WHOLE_NUMBER.fullmatch(value.strip())
        return int(found[1]) if found else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < EXACT_BELOW else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
