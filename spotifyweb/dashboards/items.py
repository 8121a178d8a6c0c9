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
SUMMARY = """
    select sum(facts.plays) as plays, sum(facts.skips) as skips, sum(facts.begun) as begun,
        sum(facts.heard_ms) as heard_ms,
        count(distinct case when facts.plays > 0 then facts.local_date end) as days,
        count(distinct case when facts.plays > 0 then facts.track_id end) as tracks,
        min(case when facts.plays > 0 then facts.local_date end) as first_date,
        max(case when facts.plays > 0 then facts.local_date end) as last_date
    from facts inner join gold.tracks as tracks on tracks.track_id = facts.track_id
    where {is_it}
"""
HISTORY = """
    select {bucket} as bucket, sum(facts.plays) as plays, sum(facts.heard_ms) as heard_ms
    from facts inner join gold.tracks as tracks on tracks.track_id = facts.track_id
    where {is_it} group by 1
"""
TRACKS = """
    select facts.track_id, max(tracks.track_name) as track_name,
        max(tracks.artist_name) as artist_name, max(tracks.album_name) as album_name,
        max(tracks.image_url) as image_url, max(tracks.url) as url,
        sum(facts.plays) as plays, sum(facts.heard_ms) as heard_ms
    from facts inner join gold.tracks as tracks on tracks.track_id = facts.track_id
    where {is_it} group by facts.track_id having sum(facts.plays) > 0
    order by plays desc, heard_ms desc, facts.track_id limit 50
"""
ALBUMS = """
    select tracks.artist_name, tracks.album_name, max(tracks.image_url) as image_url,
        count(distinct facts.track_id) as tracks, sum(facts.plays) as plays,
        sum(facts.heard_ms) as heard_ms
    from facts inner join gold.tracks as tracks on tracks.track_id = facts.track_id
    where {is_it} and tracks.album_name is not null
    group by tracks.artist_name, tracks.album_name having sum(facts.plays) > 0
    order by plays desc, heard_ms desc, tracks.album_name limit 20
"""
TOGETHER = """
    with its as (select track_id from gold.tracks as tracks where {is_it}),
    sittings as (
        select listens.session_id
        from silver.silver_listens as listens
        inner join its on its.track_id = listens.track_id
        where listens.user_id = ? and listens.event_type = 'play'
        group by listens.session_id order by max(listens.ended_at) desc limit {newest}
    ),
    near as (
        select distinct listens.session_id, listens.track_id
        from silver.silver_listens as listens
        inner join sittings on sittings.session_id = listens.session_id
        where listens.user_id = ? and listens.event_type = 'play'
            and listens.track_id not in (select track_id from its)
    ),
    neighbours as (
        select near.session_id, {own_names}, max(near.track_id) as one_track_id
        from near inner join gold.tracks as tracks on tracks.track_id = near.track_id
        where {named} group by near.session_id, {own_names}
    ),
    counted as (
        select {plain_names}, count(*) as sittings, max(one_track_id) as one_track_id
        from neighbours group by {plain_names} having count(*) > 1
        order by sittings desc, {plain_names} limit 8
    )
    select counted.*, {shown} tracks.image_url
    from counted inner join gold.tracks as tracks on tracks.track_id = counted.one_track_id
    order by sittings desc, {plain_names_of_counted}
"""
NEWEST_SITTINGS = 1000
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


def about(view: View, item: Item) -> Row | None:
    """Names, cover and links; None for what this listener never heard."""
    sql = ABOUT.format(is_it=item.is_it.replace("tracks.", ""))
    rows = view.warehouse.rows(sql, [*item.key, view.user_id])
    return rows[0] if rows else None


def summary(view: View, item: Item) -> Summary:
    row = view.rows(SUMMARY.format(is_it=item.is_it), *item.key, grain=Grain.TRACK)[0]
    counts = ("plays", "skips", "begun", "heard_ms", "days", "tracks")
    return Summary(
        first_date=row["first_date"],
        last_date=row["last_date"],
        **{name: row[name] or 0 for name in counts},
    )


def history(view: View, item: Item, buckets: Buckets) -> list[Row]:
    sql = HISTORY.format(bucket=buckets.sql, is_it=item.is_it)
    rows = {row["bucket"]: row for row in view.rows(sql, *item.key, grain=Grain.TRACK)}
    nothing = {"plays": 0, "heard_ms": 0}
    return [rows.get(day, {"bucket": day, **nothing}) for day in buckets.dates]


def tracks(view: View, item: Item) -> list[Row]:
    return view.rows(TRACKS.format(is_it=item.is_it), *item.key, grain=Grain.TRACK)


def albums(view: View, item: Item) -> list[Row]:
    return view.rows(ALBUMS.format(is_it=item.is_it), *item.key, grain=Grain.TRACK)


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
    return view.warehouse.rows(sql, [*item.key, view.user_id, view.user_id])
