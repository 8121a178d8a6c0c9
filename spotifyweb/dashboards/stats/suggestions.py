"""What a search field suggests while one types: the most played names that contain the letters.

A name that is exactly what was typed comes before them. Cheaper than a search: fewer rows, no
plays, no typing errors forgiven.
"""

from spotifyweb.dashboards.query import ListenQuery
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row

MIN_LETTERS = 2
SUGGESTIONS = """
    with named as (
        select named.release_track_id,
            case when named.folded_track_name = ? then 1 else 0 end as is_exact
        from gold.releases as named
        where contains(named.folded_track_name, ?)
    ),
    tracks as (
        select known.track_id, max(named.is_exact) as is_exact, sum(known.plays) as plays
        from gold.user_releases as known
        inner join named on named.release_track_id = known.release_track_id
        where known.user_id = ?
        group by known.track_id order by is_exact desc, plays desc, known.track_id limit 5
    ),
    artists as (
        select artist_name, max(image_url) as image_url, sum(plays) as plays,
            max(case when folded_artist_name = ? then 1 else 0 end) as is_exact
        from gold.user_artists
        where user_id = ? and contains(folded_artist_name, ?)
        group by artist_name order by is_exact desc, plays desc, artist_name limit 3
    ),
    albums as (
        select artist_name, album_name, max(image_url) as image_url, sum(plays) as plays,
            max(case when folded_album_name = ? then 1 else 0 end) as is_exact
        from gold.user_albums
        where user_id = ? and contains(folded_album_name, ?)
        group by artist_name, album_name
        order by is_exact desc, plays desc, album_name, artist_name limit 3
    )
    select 'tracks' as kind, tracks.track_id, known.track_name, known.artist_name,
        null as album_name, known.image_url, tracks.plays, tracks.is_exact
    from tracks inner join gold.tracks as known on known.track_id = tracks.track_id
    union all
    select 'artists', null, null, artist_name, null, image_url, plays, is_exact from artists
    union all
    select 'albums', null, null, artist_name, album_name, image_url, plays, is_exact from albums
    order by is_exact desc, plays desc, track_id, artist_name, album_name
"""


def suggest(listens: ListenQuery, words: str) -> dict[str, list[Row]]:
    """Return artists, tracks and albums: the exact name first, then the most played."""
    needle = fold_name(words)
    rows: list[Row] = []
    if len(needle) >= MIN_LETTERS:
        one_kind = needle, listens.user_id, needle
        rows = listens.named_rows(
            SUGGESTIONS, needle, needle, listens.user_id, *one_kind, *one_kind
        )
    return {
        kind: [row for row in rows if row["kind"] == kind]
        for kind in ("artists", "tracks", "albums")
    }
