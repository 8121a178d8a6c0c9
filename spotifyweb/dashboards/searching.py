"""Finding a track, an artist, an album or a play again by a few letters."""

from dataclasses import dataclass

from spotifyweb.warehouse import Row, Warehouse

# One pass over what the listener heard; each part of the answer is a cut of it.
NAMES = """
    with mine as (
        select tracks.track_id, tracks.track_name, tracks.artist_name, tracks.album_name,
            tracks.image_url, tracks.url, known.plays, known.heard_ms,
            case when lower(tracks.track_name) like ? escape '!' then 1 else 0 end as by_track,
            case when lower(tracks.artist_name) like ? escape '!' then 1 else 0 end as by_artist,
            case when lower(tracks.album_name) like ? escape '!' then 1 else 0 end as by_album
        from gold.user_tracks as known
        inner join gold.tracks as tracks on tracks.track_id = known.track_id
        where known.user_id = ?
    ),
    tracks as (
        select 'tracks' as kind, track_id, track_name, artist_name, album_name, image_url, url,
            plays, heard_ms
        from mine where by_track = 1 order by plays desc, heard_ms desc, track_id limit 12
    ),
    artists as (
        select 'artists' as kind, null as track_id, null as track_name, artist_name,
            null as album_name, null as image_url, null as url, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from mine where by_artist = 1 group by artist_name
        order by plays desc, heard_ms desc, artist_name limit 8
    ),
    albums as (
        select 'albums' as kind, null as track_id, null as track_name, artist_name, album_name,
            max(image_url) as image_url, null as url, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from mine where by_album = 1 and artist_name is not null group by artist_name, album_name
        order by plays desc, heard_ms desc, album_name limit 8
    )
    select * from tracks union all select * from artists union all select * from albums
    order by kind, plays desc, heard_ms desc, track_id, artist_name, album_name
"""
PLAYS = """
    select plays.event_id, plays.track_id, tracks.track_name, tracks.artist_name,
        tracks.album_name, tracks.image_url, tracks.url, plays.local_at, plays.ended_at,
        plays.heard_ms, plays.sources
    from silver.silver_plays as plays
    inner join gold.tracks as tracks on tracks.track_id = plays.track_id
    where plays.user_id = ? and plays.track_id in ({marks})
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
    like = f"%{escaped(words.strip().lower())}%"
    rows = warehouse.rows(NAMES, [like, like, like, user_id])
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
    return warehouse.rows(PLAYS.format(marks=marks), [user_id, *track_ids])


def escaped(words: str) -> str:
    """Letters that LIKE would read as wildcards stand for themselves."""
    for sign in "!%_":
        words = words.replace(sign, f"!{sign}")
    return words
