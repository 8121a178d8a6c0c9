"""One track, artist or album: its history with a listener, and what is played with it."""

from dataclasses import dataclass, replace
from datetime import date

from spotifyweb.dashboards.query import Grain, View
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row

COLUMNS = {
    "tracks": ("track_id",),
    "artists": ("artist_name",),
    "albums": ("artist_name", "album_name"),
}
ABOUT = """
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
# Everything of its plays at once: by step of time, by track, by album (of a track: by release), and
# all together.
STORY = """
    , own as (
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
        count(distinct case when plays > 0 then own.track_id end) as tracks,
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
    from own group by grouping sets ((bucket), (track_id), (part), ())
"""
TOGETHER = """
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
# Any id of a song and any spelling of a name lead to the one under which gold counts it.
KNOWN_AS = {
    "tracks": """
        select coalesce(own.representative_id, releases.track_id) as track_id
        from gold.releases as releases
        left join silver.silver_own_recordings as own
            on own.user_id = ? and own.track_id = releases.release_track_id
        where releases.release_track_id = ?
    """,
    "artists": """
        select artist_name from gold.user_artists where user_id = ? and folded_artist_name = ?
        union all
        select own.artist_name from silver.silver_own_artists as own
        inner join silver.silver_artists as artists
            on artists.artist_spelling = own.artist_spelling
        where own.user_id = ? and artists.folded_artist_name = ?
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
NEWEST_SITTINGS = 1000
MOST_TRACKS, MOST_ALBUMS = 50, 20
SHOWN = {"tracks": "tracks.track_name, tracks.artist_name,", "artists": "", "albums": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is looked at: a track by its id, an artist by name, an album by artist and name."""

    kind: str
    key: tuple[str, ...]

    @property
    def is_it(self) -> str:
        return " and ".join(f"tracks.{name} = ?" for name in COLUMNS[self.kind])

    @property
    def table(self) -> str:
        """Of gold: an album holds ids that were released on it, all else is of recordings."""
        return "releases" if self.kind == "albums" else "tracks"

    @property
    def table_key(self) -> str:
        return "release_track_id" if self.kind == "albums" else "track_id"

    def names(self, plays: str) -> str:
        """What to join to a table of plays, as `tracks`."""
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
class Story:
    """What a listener's plays of it add up to."""

    summary: Summary
    history: list[Row]  # of every step of time
    tracks: list[Row]
    albums: list[Row]  # empty for a track
    releases: list[Row]  # of a track: each id it was played under


def found(view: View, item: Item) -> Item:
    """The item under the key by which gold knows it; as it is where gold does not."""
    key = item.key if item.kind == "tracks" else tuple(fold_name(name) for name in item.key)
    params = [view.user_id, *key] * (2 if item.kind == "artists" else 1)
    keys = [tuple(row.values()) for row in view.warehouse.rows(KNOWN_AS[item.kind], params)]
    return item if item.key in keys or not keys else replace(item, key=keys[0])


def about(view: View, item: Item) -> Row | None:
    """Names, cover and links; None for what this listener never heard."""
    sql = ABOUT.format(is_it=item.is_it, table=item.table, table_key=item.table_key)
    rows = view.named_rows(sql, *item.key, view.user_id)
    return rows[0] if rows else None


def story(view: View, item: Item, buckets: Buckets) -> Story:
    """Everything that one question to the warehouse says of its plays."""
    sql = STORY.format(
        is_it=item.is_it,
        names=item.names("facts"),
        part="facts.release_track_id" if item.kind == "tracks" else "releases.album_name",
        bucket=buckets.sql.replace("local_date", "facts.local_date"),
    )
    rows = view.rows(sql, *item.key, grain=Grain.TRACK)
    steps = {row["bucket"]: row for row in rows if not row["is_no_step"]}
    nothing = {"plays": 0, "heard_ms": 0}
    parts = _most([row for row in rows if row["part"]], "part")
    is_track = item.kind == "tracks"
    return Story(
        summary=_summary([row for row in rows if _is_total(row)]),
        history=[steps.get(day, {"bucket": day, **nothing}) for day in buckets.dates],
        tracks=_most([row for row in rows if not row["is_no_track"]], "track_id")[:MOST_TRACKS],
        albums=[] if is_track else parts[:MOST_ALBUMS],
        releases=[{**row, "release_track_id": row["part"]} for row in parts] if is_track else [],
    )


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


def _most(rows: list[Row], key: str) -> list[Row]:
    """What was played at all, most first."""
    played = [row for row in rows if row["plays"]]
    return sorted(played, key=lambda row: (-row["plays"], -row["heard_ms"], row[key]))


def same_artist(view: View, about: Row) -> list[Row]:
    """The other tracks of a track's artist, by name: one of them may be the same."""
    params = (view.user_id, about["artist_name"], about["track_id"])
    return view.named_rows(SAME_ARTIST, *params)


def together(view: View, item: Item) -> list[Row]:
    """What was heard in the newest sittings with this, most often first; over all time."""
    columns = COLUMNS[item.kind]
    sql = TOGETHER.format(
        own_names=", ".join(f"tracks.{name}" for name in columns),
        plain_names=", ".join(columns),
        plain_names_of_counted=", ".join(f"counted.{name}" for name in columns),
        named=" and ".join(f"tracks.{name} is not null" for name in columns),
        is_it=item.is_it,
        table=item.table,
        number="release_no" if item.kind == "albums" else "track_no",
        newest=NEWEST_SITTINGS,
        shown=SHOWN[item.kind],
    )
    return view.named_rows(sql, *item.key, view.user_id, view.user_id, *item.key)
