"""Statistics of one track, artist or album: history, parts, and what is played with it."""

from dataclasses import dataclass, replace
from datetime import date

from spotifyweb.dashboards.query import Grain, ListenQuery
from spotifyweb.dashboards.stats.pictures import add_pictures
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row

# The columns that identify a track, an artist and an album.
KEYS = {
    "tracks": ("track_id",),
    "artists": ("artist_name",),
    "albums": ("artist_name", "album_name"),
}
DETAILS = """
    select max(track_id) as track_id, max(recording_id) as recording_id,
        max(track_name) as track_name, max(artist_name) as artist_name,
        max(album_name) as album_name, max(duration_ms) as duration_ms,
        max(image_url) as image_url, max(release_date) as release_date, max(url) as url,
        max(artist_id) as artist_id, max(album_id) as album_id, max(content_type) as content_type
    from gold.{table} as tracks where {is_it} and {table_key} in (
        select {table_key} from gold.user_{table} where user_id = ?
    )
    having count(*) > 0
"""
# One statement for all sums over its plays: by step of time, by track, by album (by release for a
# track), and in total.
ITEM_STATS = """
    , item_facts as (
        select facts.local_date, {bucket} as bucket, facts.track_id, {part} as part,
            facts.plays, facts.skips, facts.begun, facts.heard_ms, tracks.artist_name,
            tracks.track_name, tracks.album_name, tracks.image_url, tracks.url,
            releases.track_name as release_track_name, releases.album_name as release_album_name,
            releases.image_url as release_image_url, releases.url as release_url
        from facts inner join {names}
        inner join gold.releases as releases on releases.release_track_id = facts.release_track_id
        where {is_it}
    )
    select bucket, track_id, part,
        grouping(bucket) as is_no_step, grouping(track_id) as is_no_track,
        grouping(part) as is_no_part,
        sum(plays) as plays, sum(skips) as skips, sum(begun) as begun, sum(heard_ms) as heard_ms,
        count(distinct case when plays > 0 then local_date end) as days,
        count(distinct case when plays > 0 then item_facts.track_id end) as tracks,
        min(case when plays > 0 then local_date end) as first_date,
        max(case when plays > 0 then local_date end) as last_date,
        max(artist_name) as artist_name,
        case when grouping(part) = 0 then max(release_track_name) else max(track_name) end
            as track_name,
        case when grouping(part) = 0 then max(release_album_name) else max(album_name) end
            as album_name,
        case when grouping(part) = 0 then max(release_image_url) else max(image_url) end
            as image_url,
        case when grouping(part) = 0 then max(release_url) else max(url) end as url
    from item_facts group by grouping sets ((bucket), (track_id), (part), ())
"""
LISTENING = "select cast(sum(heard_ms) as bigint) as heard_ms from facts"
PLAYED_TOGETHER = """
    with its as (select {number} as number from gold.{table} as tracks where {is_it}),
    sittings as (
        select distinct played.session_no
        from gold.session_tracks as played inner join its on its.number = played.{number}
        where played.user_id = ? order by played.session_no desc limit {newest}
    ),
    near as (
        select played.session_no, played.{number} as number
        from gold.session_tracks as played
        inner join sittings on sittings.session_no = played.session_no
        where played.user_id = ?
    ),
    neighbours as (
        select near.session_no, {own_names}, max(near.number) as one_number
        from near inner join gold.{table} as tracks on tracks.{number} = near.number
        where {named} and not ({is_it})
        group by near.session_no, {own_names}
    ),
    counted as (
        select {plain_names}, count(*) as sittings, max(one_number) as one_number
        from neighbours group by {plain_names} having count(*) > 1
        order by sittings desc, {plain_names} limit 8
    )
    select counted.*, {shown} tracks.image_url
    from counted inner join gold.{table} as tracks on tracks.{number} = counted.one_number
    order by sittings desc, {plain_names_of_counted}
"""
# Any id of a recording and any spelling of a name lead to the key under which gold counts it.
KNOWN_AS = {
    "tracks": """
        select coalesce(corrected.corrected_name, releases.track_id) as track_id
        from gold.releases as releases
        left join gold.corrections as corrected
            on corrected.user_id = ? and corrected.kind = 'track'
            and corrected.name = releases.release_track_id
        where releases.release_track_id = ?
    """,
    "artists": """
        select artist_name from gold.user_artists where user_id = ? and folded_artist_name = ?
        union all
        select corrected.corrected_name from gold.corrections as corrected
        inner join gold.artist_names as artists on artists.artist_spelling = corrected.name
        where corrected.user_id = ? and corrected.kind = 'artist'
            and artists.folded_artist_name = ?
    """,
    "albums": """
        select artist_name, album_name from gold.user_albums
        where user_id = ? and folded_artist_name = ? and folded_album_name = ?
    """,
}
SAME_ARTIST = """
    select tracks.track_id, tracks.track_name, tracks.album_name
    from gold.user_tracks as known
    inner join gold.tracks as tracks on tracks.track_id = known.track_id
    where known.user_id = ? and tracks.artist_name = ? and tracks.track_id <> ?
        and known.content_type = 'track'
    order by tracks.track_name, tracks.track_id limit 300
"""
MAX_SESSIONS = 1000
MAX_TRACKS, MAX_ALBUMS = 50, 20
SHOWN = {"tracks": "tracks.track_name, tracks.artist_name,", "artists": "", "albums": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A track by its id, an artist by name, or an album by artist and name."""

    kind: str
    key: tuple[str, ...]

    def params(self) -> dict[str, str]:
        """Return the parameters by which the history knows it."""
        names = {"tracks": ("track",), "artists": ("artist",), "albums": ("artist", "album")}
        return dict(zip(names[self.kind], self.key, strict=True))

    @property
    def is_it(self) -> str:
        """The SQL condition that `tracks` is this item."""
        return " and ".join(f"tracks.{name} = ?" for name in KEYS[self.kind])

    @property
    def table(self) -> str:
        """The table of gold: albums hold releases, tracks and artists hold recordings."""
        return "releases" if self.kind == "albums" else "tracks"

    @property
    def table_key(self) -> str:
        return "release_track_id" if self.kind == "albums" else "track_id"

    def names(self, plays: str) -> str:
        """Return the table and condition to join to a table of plays, as `tracks`."""
        key = self.table_key
        return f"gold.{self.table} as tracks on tracks.{key} = {plays}.{key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    plays: int
    skips: int
    begun: int
    heard_ms: int
    days: int
    tracks: int
    first_date: date | None
    last_date: date | None

    @property
    def skip_rate(self) -> float | None:
        return self.skips / self.begun if self.begun else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStats:
    """The sums over a listener's plays of an item."""

    summary: Summary
    history: list[Row]  # one row for each step of time
    tracks: list[Row]
    albums: list[Row]  # empty for a track
    releases: list[Row]  # the ids a track was played under


def resolve(listens: ListenQuery, item: Item) -> Item:
    """Return the item under the key that gold uses, unchanged where gold does not know it."""
    key = item.key if item.kind == "tracks" else tuple(fold_name(name) for name in item.key)
    params = [listens.user_id, *key] * (2 if item.kind == "artists" else 1)
    keys = [tuple(row.values()) for row in listens.warehouse.rows(KNOWN_AS[item.kind], params)]
    return item if item.key in keys or not keys else replace(item, key=keys[0])


def details(listens: ListenQuery, item: Item) -> Row | None:
    """Return names, cover and links, None for what this listener never played."""
    sql = DETAILS.format(is_it=item.is_it, table=item.table, table_key=item.table_key)
    rows = listens.named_rows(sql, *item.key, listens.user_id)
    if item.kind == "artists":
        add_pictures(listens, rows)
    return rows[0] if rows else None


def item_stats(listens: ListenQuery, item: Item, buckets: Buckets) -> ItemStats:
    """Sum up its plays with one query."""
    sql = ITEM_STATS.format(
        is_it=item.is_it,
        names=item.names("facts"),
        part="facts.release_track_id" if item.kind == "tracks" else "releases.album_name",
        bucket=buckets.sql.replace("local_date", "facts.local_date"),
    )
    rows = listens.rows(sql, *item.key, grain=Grain.TRACK)
    steps = {row["bucket"]: row for row in rows if not row["is_no_step"]}
    nothing = {"plays": 0, "heard_ms": 0}
    parts = _most_played([row for row in rows if row["part"]], "part")
    tracks = _most_played([row for row in rows if not row["is_no_track"]], "track_id")
    is_track = item.kind == "tracks"
    return ItemStats(
        summary=_summary([row for row in rows if _is_total(row)]),
        history=[steps.get(day, {"bucket": day, **nothing}) for day in buckets.dates],
        tracks=tracks[:MAX_TRACKS],
        albums=[] if is_track else parts[:MAX_ALBUMS],
        releases=[{**row, "release_track_id": row["part"]} for row in parts] if is_track else [],
    )


def share_of_listening(listens: ListenQuery, summary: Summary) -> float | None:
    """Return the item's part of the listening time under the filters, None where that is none."""
    [row] = listens.rows(LISTENING)
    return summary.heard_ms / row["heard_ms"] if row["heard_ms"] else None


def _is_total(row: Row) -> bool:
    return bool(row["is_no_step"] and row["is_no_track"] and row["is_no_part"])


def _summary(totals: list[Row]) -> Summary:
    row = totals[0] if totals else {}
    counts = ("plays", "skips", "begun", "heard_ms", "days", "tracks")
    return Summary(
        first_date=row.get("first_date"),
        last_date=row.get("last_date"),
        **{name: row.get(name) or 0 for name in counts},
    )


def _most_played(rows: list[Row], key: str) -> list[Row]:
    """Return the rows with plays, most played first."""
    played = [row for row in rows if row["plays"]]
    return sorted(played, key=lambda row: (-row["plays"], -row["heard_ms"], row[key]))


def tracks_of_same_artist(listens: ListenQuery, track: Row) -> list[Row]:
    """Return the other tracks of a track's artist by name, to choose a duplicate from."""
    params = (listens.user_id, track["artist_name"], track["track_id"])
    return listens.named_rows(SAME_ARTIST, *params)


def played_together(listens: ListenQuery, item: Item) -> list[Row]:
    """Return what shared a session with this item most often, over its newest 1,000 sessions."""
    columns = KEYS[item.kind]
    sql = PLAYED_TOGETHER.format(
        own_names=", ".join(f"tracks.{name}" for name in columns),
        plain_names=", ".join(columns),
        plain_names_of_counted=", ".join(f"counted.{name}" for name in columns),
        named=" and ".join(f"tracks.{name} is not null" for name in columns),
        is_it=item.is_it,
        table=item.table,
        number="release_no" if item.kind == "albums" else "track_no",
        newest=MAX_SESSIONS,
        shown=SHOWN[item.kind],
    )
    rows = listens.named_rows(sql, *item.key, listens.user_id, listens.user_id, *item.key)
    if item.kind == "artists":
        add_pictures(listens, rows)
    return rows
