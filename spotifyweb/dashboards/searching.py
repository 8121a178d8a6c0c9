"""Finding a track, an artist, an album or a play again by a few letters."""

from dataclasses import dataclass

from spotifyweb.warehouse import Row, Warehouse

MINE = """
    with mine as (
        select tracks.track_id, tracks.track_name, tracks.artist_name, tracks.album_name,
            tracks.image_url, tracks.url, known.plays, known.heard_ms
        from gold.user_tracks as known
        inner join gold.tracks as tracks on tracks.track_id = known.track_id
        where known.user_id = ?
    )
"""
TRACKS = f"""{MINE}
    select * from mine where lower(track_name) like ? escape '!'
    order by plays desc, heard_ms desc, track_id limit 12
"""
ARTISTS = f"""{MINE}
    select artist_name, sum(plays) as plays, sum(heard_ms) as heard_ms
    from mine where lower(artist_name) like ? escape '!'
    group by artist_name order by plays desc, heard_ms desc, artist_name limit 8
"""
ALBUMS = f"""{MINE}
    select artist_name, album_name, max(image_url) as image_url, sum(plays) as plays,
        sum(heard_ms) as heard_ms
    from mine where lower(album_name) like ? escape '!' and artist_name is not null
    group by artist_name, album_name order by plays desc, heard_ms desc, album_name limit 8
"""
PLAYS = """
    with found as (
        select tracks.track_id, tracks.image_url, tracks.url, tracks.track_name,
            tracks.artist_name, tracks.album_name
        from gold.user_tracks as known
        inner join gold.tracks as tracks on tracks.track_id = known.track_id
        where known.user_id = ? and (
            lower(tracks.track_name) like ? escape '!'
            or lower(tracks.artist_name) like ? escape '!'
        )
    )
    select plays.event_id, found.*, plays.local_at, plays.ended_at, plays.heard_ms, plays.sources
    from silver.silver_plays as plays inner join found on found.track_id = plays.track_id
    where plays.user_id = ? order by plays.ended_at desc limit 15
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
    """What this listener heard whose name contains the words, most heard first."""
    like = f"%{escaped(words.strip().lower())}%"
    return Found(
        tracks=warehouse.rows(TRACKS, [user_id, like]),
        artists=warehouse.rows(ARTISTS, [user_id, like]),
        albums=warehouse.rows(ALBUMS, [user_id, like]),
        plays=warehouse.rows(PLAYS, [user_id, like, like, user_id]),
    )


def escaped(words: str) -> str:
    """Letters that LIKE would read as wildcards stand for themselves."""
    for sign in "!%_":
        words = words.replace(sign, f"!{sign}")
    return words
