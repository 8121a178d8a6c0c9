"""The shapes of history that an upload may have, each with what is known of its files and rows.

The keys of a row say which shape it has: extended streaming history and account data name them
differently.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ingestion.history_import.errors import gettext_noop


class Shape(StrEnum):
    """What the rows of a file look like, by their keys."""

    EXTENDED = "extended"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What is known of one shape."""

    file_name: re.Pattern[str]  # as the service names its files
    keys: frozenset[str]  # that the row of every play has
    source: str  # of its events, in spotifyweb/lake/sources.py
    step: timedelta  # to the next free moment: how exactly a row says when a play ended
    too_many: str  # why there is none, as a message id
    # Where a row has these, for samples of rejects: never the address, account or user agent
    ended_key: str
    title_keys: tuple[str, ...]
    artist_keys: tuple[str, ...]
    length_key: str


FORMATS = {
    Shape.EXTENDED: Format(
        file_name=re.compile(r"(streaming_history_(audio|video)|endsong|endvideo).*\.json", re.I),
        keys=frozenset({"ts", "ms_played"}),
        source="extended_history",
        step=timedelta(milliseconds=1),
        too_many=gettext_noop("too many times in one second"),
        ended_key="ts",
        title_keys=("master_metadata_track_name", "episode_name", "audiobook_chapter_title"),
        artist_keys=(
            "master_metadata_album_artist_name",
            "episode_show_name",
            "audiobook_title",
        ),
        length_key="ms_played",
    ),
    Shape.ACCOUNT: Format(
        file_name=re.compile(r"streaminghistory.*\.json", re.I),
        keys=frozenset({"endTime", "msPlayed"}),
        source="account_data",
        step=timedelta(seconds=1),
        too_many=gettext_noop("too many times in one minute"),
        ended_key="endTime",
        title_keys=("trackName", "episodeName", "chapterName"),
        artist_keys=("artistName", "podcastName", "authorName"),
        length_key="msPlayed",
    ),
}
