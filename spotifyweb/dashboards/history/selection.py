"""Which plays the history shows: those of an item, or with words in their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from spotifyweb.dashboards.query import RELEASE_LISTENS, SINGLE_LISTENS, ListenQuery
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats import items
from spotifyweb.dashboards.stats.items import Item
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row

PARAMS = ("q", "track", "artist", "album")
MAX_WORDS = 100
Condition = tuple[str, Sequence[object]]
PLAIN, WITH_NAMES = RELEASE_LISTENS, SINGLE_LISTENS
COMMON = """event_id, user_id, event_type, track_name, artist_name, album_name, local_at,
        local_date, ended_at, heard_ms, device_type, device_name, context, source, sources,
        content_type"""
COLUMNS = {
    PLAIN: f"track_id as release_track_id, {COMMON}",
    WITH_NAMES: f"release_track_id, folded_artist_name, folded_album_name, {COMMON}",
}
RELEASES = {  # that belong to a track, an artist or an album
    "tracks": """
        select release_track_id from gold.user_releases as tracks
        where user_id = ? and {is_it}
    """,
    "artists": """
        select played.release_track_id from gold.user_releases as played
        inner join gold.tracks as tracks on tracks.track_id = played.track_id
        where played.user_id = ? and {is_it}
    """,
    "albums": """
        select played.release_track_id from gold.user_releases as played
        inner join gold.releases as tracks on tracks.release_track_id = played.release_track_id
        where played.user_id = ? and {is_it}
    """,
}
RELEASES_WITH_WORDS = """
    select named.release_track_id from gold.releases as named
    where contains(named.folded_track_name, ?) or contains(named.folded_album_name, ?)
        or named.artist_name in (
            select artist_name from gold.user_artists
            where user_id = ? and contains(folded_artist_name, ?)
        )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which plays of a listener the history shows, beyond the filters of every page."""

    listens: ListenQuery
    item: Item | None = None
    words: str = ""  # part of the name of a track, artist or album
    newest: datetime  # about when the last play ended

    @property
    def table(self) -> str:
        return self.listens.listens_table

    def has(self, play: Row) -> bool:
        """Return whether a play is one of the item, and has the words in its names."""
        names = {
            name: fold_name(play[f"{name}_name"] or "") for name in ("track", "artist", "album")
        }
        if not any(fold_name(self.words) in name for name in names.values()):
            return False
        if self.item is None:
            return True
        if self.item.kind == "tracks":
            return bool(play["track_id"] == self.item.key[0])
        return all(
            names[name] == fold_name(value)
            for name, value in zip(("artist", "album"), self.item.key, strict=False)
        )

    def conditions(self) -> list[Condition]:
        """Return the conditions on a table of plays, single or summed up by track."""
        conditions: list[Condition] = []
        user_id = self.listens.user_id
        if self.item:
            releases = RELEASES[self.item.kind].format(is_it=self.item.is_it)
            conditions.append((f"release_track_id in ({releases})", [user_id, *self.item.key]))
        if needle := fold_name(self.words):
            names = [needle, needle, user_id, needle]
            conditions.append((f"release_track_id in ({RELEASES_WITH_WORDS})", names))
        return conditions


def read_selection(stats_request: StatsRequest, query: Mapping[str, str]) -> Selection:
    """Read from a query string which plays to show."""
    item = read_item(query)
    return Selection(
        listens=stats_request.listens,
        item=items.resolve(stats_request.listens, item) if item else None,
        words=query.get("q", "")[:MAX_WORDS],
        newest=_newest(stats_request),
    )


def select_item(stats_request: StatsRequest, item: Item) -> Selection:
    """Return the plays of an item under the key that gold uses."""
    return Selection(listens=stats_request.listens, item=item, newest=_newest(stats_request))


def _newest(stats_request: StatsRequest) -> datetime:
    return datetime.combine(stats_request.scope.last, time.min, tzinfo=UTC) + timedelta(days=2)


def read_item(query: Mapping[str, str]) -> Item | None:
    """Return the track, album or artist whose plays are asked for."""
    track, artist, album = (query.get(name, "") for name in ("track", "artist", "album"))
    if track:
        return Item(kind="tracks", key=(track,))
    if artist and album:
        return Item(kind="albums", key=(artist, album))
    return Item(kind="artists", key=(artist,)) if artist else None


def selection_params(query: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of this page besides filters and position."""
    return {name: query[name] for name in PARAMS if query.get(name)}
