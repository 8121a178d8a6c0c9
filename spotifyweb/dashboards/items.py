"""One track, artist or album: its history with a listener, and what is played with it."""

from dataclasses import dataclass
from datetime import date

from spotifyweb.dashboards.buckets import Buckets
from spotifyweb.dashboards.reading import Grain, View
from spotifyweb.warehouse import Row

COLUMNS = {
    "tracks": ("track_id",),
    "artists": ("artist_name",),
    "albums": ("artist_name", "album_name"),
}
ABOUT = """
    select max(track_name) as track_name, max(artist_name) as artist_name,
        max(album_name) as album_name, max(duration_ms) as duration_ms,
        max(image_url) as image_url, max(release_date) as release_date, max(url) as url,
        max(artist_id) as artist_id, max(album_id) as album_id, max(content_type) as content_type
    from gold.tracks where {is_it} and track_id in (
        select track_id from gold.user_tracks where user_id = ?
    )
    having count(*) > 0
"""
# Everything of its plays at once: by step of time, by track, by album, and all together.
STORY = """
    , its as (select * from gold.tracks as tracks where {is_it}),
    own as (
        select facts.local_date, {bucket} as bucket, facts.track_id, its.album_name as album_key,
            facts.plays, facts.skips, facts.begun, facts.heard_ms,
            its.track_name, its.artist_name, its.album_name, its.image_url, its.url
        from facts inner join its on its.track_id = facts.track_id
    )
    select bucket, track_id, album_key,
        grouping(bucket) as is_no_step, grouping(track_id) as is_no_track,
        grouping(album_key) as is_no_album,
        sum(plays) as plays, sum(skips) as skips, sum(begun) as begun, sum(heard_ms) as heard_ms,
        count(distinct case when plays > 0 then local_date end) as days,
        count(distinct case when plays > 0 then own.track_id end) as tracks,
        min(case when plays > 0 then local_date end) as first_date,
        max(case when plays > 0 then local_date end) as last_date,
        max(track_name) as track_name, max(artist_name) as artist_name,
        max(album_name) as album_name, max(image_url) as image_url, max(url) as url
    from own group by grouping sets ((bucket), (track_id), (album_key), ())
"""
TOGETHER = """
    with its as (select track_no from gold.tracks as tracks where {is_it}),
    sittings as (
        select distinct played.session_no
        from gold.session_tracks as played inner join its on its.track_no = played.track_no
        where played.user_id = ? order by played.session_no desc limit {newest}
    ),
    near as (
        select played.session_no, played.track_no
        from gold.session_tracks as played
        inner join sittings on sittings.session_no = played.session_no
        where played.user_id = ?
    ),
    neighbours as (
        select near.session_no, {own_names}, max(near.track_no) as one_track_no
        from near inner join gold.tracks as tracks on tracks.track_no = near.track_no
        where {named} and not ({is_it})
        group by near.session_no, {own_names}
    ),
    counted as (
        select {plain_names}, count(*) as sittings, max(one_track_no) as one_track_no
        from neighbours group by {plain_names} having count(*) > 1
        order by sittings desc, {plain_names} limit 8
    )
    select counted.*, {shown} tracks.image_url
    from counted inner join gold.tracks as tracks on tracks.track_no = counted.one_track_no
    order by sittings desc, {plain_names_of_counted}
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
    albums: list[Row]


def about(view: View, item: Item) -> Row | None:
    """Names, cover and links; None for what this listener never heard."""
    sql = ABOUT.format(is_it=item.is_it.replace("tracks.", ""))
    rows = view.warehouse.rows(sql, [*item.key, view.user_id])
    return rows[0] if rows else None


def story(view: View, item: Item, buckets: Buckets) -> Story:
    """Everything that one question to the warehouse says of its plays."""
    sql = STORY.format(
        is_it=item.is_it, bucket=buckets.sql.replace("local_date", "facts.local_date")
    )
    rows = view.rows(sql, *item.key, grain=Grain.TRACK)
    steps = {row["bucket"]: row for row in rows if not row["is_no_step"]}
    nothing = {"plays": 0, "heard_ms": 0}
    return Story(
        summary=_summary([row for row in rows if _is_total(row)]),
        history=[steps.get(day, {"bucket": day, **nothing}) for day in buckets.dates],
        tracks=_most([row for row in rows if not row["is_no_track"]], "track_id")[:MOST_TRACKS],
        albums=_most([row for row in rows if row["album_key"]], "album_key")[:MOST_ALBUMS],
    )


def _is_total(row: Row) -> bool:
    return bool(row["is_no_step"] and row["is_no_track"] and row["is_no_album"])


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


def together(view: View, item: Item) -> list[Row]:
    """What was heard in the newest sittings with this, most often first; over all time."""
    columns = COLUMNS[item.kind]
    sql = TOGETHER.format(
        own_names=", ".join(f"tracks.{name}" for name in columns),
        plain_names=", ".join(columns),
        plain_names_of_counted=", ".join(f"counted.{name}" for name in columns),
        named=" and ".join(f"tracks.{name} is not null" for name in columns),
        is_it=item.is_it,
        newest=NEWEST_SITTINGS,
        shown=SHOWN[item.kind],
    )
    return view.warehouse.rows(sql, [*item.key, view.user_id, view.user_id, *item.key])
