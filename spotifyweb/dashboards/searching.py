"""Finding a track, an artist, an album or a play again by a few letters."""

from dataclasses import dataclass

from spotifyweb.warehouse import Row, Warehouse

NAMES = """
    with named as (
        select track_id, track_name, artist_name, album_name, image_url, url
        from gold.tracks where contains(lower(track_name), ?)
    ),
    tracks as (
        select 'tracks' as kind, named.track_id, named.track_name, named.artist_name,
            named.album_name, named.image_url, named.url, known.plays, known.heard_ms
        from gold.user_tracks as known inner join named on named.track_id = known.track_id
        where known.user_id = ?
        order by known.plays desc, known.heard_ms desc, known.track_id limit 12
    ),
    artists as (
        select 'artists' as kind, null as track_id, null as track_name, artist_name,
            null as album_name, null as image_url, null as url, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from gold.user_artists where user_id = ? and contains(lower(artist_name), ?)
        group by artist_name order by plays desc, heard_ms desc, artist_name limit 8
    ),
    albums as (
        select 'albums' as kind, null as track_id, null as track_name, artist_name, album_name,
            max(image_url) as image_url, null as url, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from gold.user_albums where user_id = ? and contains(lower(album_name), ?)
        group by artist_name, album_name
        order by plays desc, heard_ms desc, album_name limit 8
    )
    select * from tracks union all select * from artists union all select * from albums
    order by kind, plays desc, heard_ms desc, track_id, artist_name, album_name
"""
PLAYS = """
    with releases as (
        select release_track_id, track_id, track_name, artist_name, album_name, image_url, url
        from gold.releases where track_id in ({marks})
    )
    select plays.event_id, releases.track_id, releases.release_track_id, releases.track_name,
        releases.artist_name, releases.album_name, releases.image_url, releases.url,
        plays.local_at, plays.ended_at, plays.heard_ms, plays.sources
    from silver.silver_release_listens as plays
    inner join releases on releases.release_track_id = plays.track_id
    where plays.user_id = ? and plays.event_type = 'play'
    order by plays.ended_at desc limit 15
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    tracks: list[Row]
    artists: list[Row]
    albums: list[Row]
    plays: list[Row]

    def __bool__(self) -> bool:
        return bool(self.tracks or self.artists or self.albums)


def search(warehouse: Warehouse, user_id: str, words: str) -> Found:
    """What this listener heard whose name contains the words, most heard first.

    `plays` are the newest plays of the tracks found.
    """
    wanted = words.strip().lower()
    rows = warehouse.rows(NAMES, [wanted, user_id, user_id, wanted, user_id, wanted])
    tracks = [row for row in rows if row["kind"] == "tracks"]
    return Found(
        tracks=tracks,
        artists=[row for row in rows if row["kind"] == "artists"],
        albums=[row for row in rows if row["kind"] == "albums"],
        plays=plays_of(warehouse, user_id, [row["track_id"] for row in tracks]),
    )


def plays_of(warehouse: Warehouse, user_id: str, track_ids: list[str]) -> list[Row]:
    """The newest plays of these tracks."""
    if not track_ids:
        return []
    marks = ", ".join("?" for _ in track_ids)
    return warehouse.rows(PLAYS.format(marks=marks), [*track_ids, user_id])
