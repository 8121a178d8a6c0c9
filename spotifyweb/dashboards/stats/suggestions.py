"""What a search field suggests while one types: the most played names that contain the letters.

Cheaper than a search: fewer rows, no plays, no typing errors forgiven.
"""

from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row

MIN_LETTERS = 2
SUGGESTIONS = """
    with named as (
        select named.release_track_id from gold.releases as named
        where contains(named.folded_track_name, ?)
    ),
    tracks as (
        select track_id, sum(plays) as plays from gold.user_releases
        where user_id = ? and release_track_id in (select named.release_track_id from named)
        group by track_id order by plays desc, track_id limit 5
    ),
    artists as (
        select artist_name, max(image_url) as image_url, sum(plays) as plays from gold.user_artists
        where user_id = ? and contains(folded_artist_name, ?)
        group by artist_name order by plays desc, artist_name limit 3
    ),
    albums as (
        select artist_name, album_name, max(image_url) as image_url, sum(plays) as plays
        from gold.user_albums
        where user_id = ? and contains(folded_album_name, ?)
        group by artist_name, album_name order by plays desc, album_name, artist_name limit 3
    )
    select 'tracks' as kind, tracks.track_id, known.track_name, known.artist_name,
        null as album_name, known.image_url, tracks.plays
    from tracks inner join gold.tracks as known on known.track_id = tracks.track_id
    union all
    select 'artists', null, null, artist_name, null, image_url, plays from artists
    union all
    select 'albums', null, null, artist_name, album_name, image_url, plays from albums
    order by plays desc, track_id, artist_name, album_name
"""


def suggest(listens: ListenQuery, words: str) -> dict[str, list[Row]]:
    """Return artists, tracks and albums of this listener, each the most played first."""
    needle, user_id = fold_name(words), listens.user_id
    rows: list[Row] = []
    if len(needle) >= MIN_LETTERS:
        rows = listens.named_rows(SUGGESTIONS, needle, user_id, user_id, needle, user_id, needle)
    return {
        kind: [row for row in rows if row["kind"] == kind]
        for kind in ("artists", "tracks", "albums")
    }
