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
    with sittings as (
        select distinct listens.session_id
        from silver.silver_listens as listens
        inner join gold.tracks as tracks on tracks.track_id = listens.track_id
        where listens.user_id = ? and listens.event_type = 'play' and {is_it}
    )
    select {names}, {shown} max(tracks.image_url) as image_url,
        count(distinct listens.session_id) as sittings
    from silver.silver_listens as listens
    inner join sittings on sittings.session_id = listens.session_id
    inner join gold.tracks as tracks on tracks.track_id = listens.track_id
    where listens.user_id = ? and listens.event_type = 'play' and not ({is_it}) and {named}
    group by {names} having count(distinct listens.session_id) > 1
    order by sittings desc, {names} limit 8
"""
SHOWN = {
    "tracks": "max(tracks.track_name) as track_name, max(tracks.artist_name) as artist_name,",
    "artists": "",
    "albums": "",
}


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
    """What was heard in the same sittings as this, most often first; over all time."""
    names = [f"tracks.{name}" for name in COLUMNS[item.kind]]
    sql = TOGETHER.format(
        is_it=item.is_it,
        names=", ".join(names),
        named=" and ".join(f"{name} is not null" for name in names),
        shown=SHOWN[item.kind],
    )
    return view.warehouse.rows(sql, [view.user_id, *item.key, view.user_id, *item.key])
