"""Names that an exclusion rule can have: those of what a listener played."""

from difflib import get_close_matches

from spotifyweb.dashboards.exclusions.tracks import TRACK_NAME
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Warehouse

# Names as rules show them, and folded. The dash between a track and its artist folds to a hyphen.
PLAYED = {
    "track": f"""
        select {TRACK_NAME} as name,
            named.folded_track_name || coalesce(' - ' || named.folded_artist_name, '') as folded,
            named.folded_track_name, known.track_id, known.plays
        from gold.user_tracks as known
        inner join gold.tracks as named on named.track_id = known.track_id
        where known.user_id = ? and named.track_name is not null
    """,
    "artist": """
        select known.artist_name as name, known.folded_artist_name as folded, known.plays
        from gold.user_artists as known where known.user_id = ? and known.artist_name is not null
    """,
    "album": """
        select known.album_name as name, known.folded_album_name as folded, known.plays
        from gold.user_albums as known where known.user_id = ? and known.album_name is not null
    """,
}
KNOWN = "select 1 as is_known from ({played}) as played where folded = ? limit 1"
MOST_PLAYED = """
    select name, max(folded) as folded, sum(plays) as total from ({played}) as played
    where contains(folded, ?) group by name order by total desc, name limit {limit}
"""
# Without a part to look for, the names of what is played less need not be read.
MOST = "(select * from {table} where user_id = ? order by plays desc limit {limit})"
TRACKS = """
    select track_id, name, folded = ? as is_whole_name from ({played}) as played
    where folded = ? or folded_track_name = ?
        or track_id in (select track_id from gold.user_releases where release_track_id = ?)
    order by plays desc, name, track_id limit 50
"""
MAX_SUGGESTIONS, MAX_COMPARED = 50, 5000
NAMED_ALIKE = 3  # rows of one name, as two recordings of it are
MAX_WHILE_TYPING = 20


def is_known(warehouse: Warehouse, user_id: str, kind: str, name: str) -> bool:
    """Return whether the listener played this artist or album; other kinds are not checked."""
    if kind not in PLAYED:
        return True
    sql = KNOWN.format(played=PLAYED[kind])
    return bool(warehouse.rows(sql, [user_id, fold_name(name)]))


def find_tracks(warehouse: Warehouse, user_id: str, name: str) -> dict[str, str]:
    """Return the tracks of this name, “Track – Artist” or id: their ids by name, most played first.

    Of recordings with the same names the most played is meant.
    """
    folded = fold_name(name)
    sql = TRACKS.format(played=PLAYED["track"])
    rows = warehouse.rows(sql, [folded, user_id, folded, folded, name])
    rows = [row for row in rows if row["is_whole_name"]] or rows
    tracks: dict[str, str] = {}
    for row in rows:
        tracks.setdefault(row["name"], row["track_id"])
    return tracks


def most_played(warehouse: Warehouse, user_id: str, kind: str, *, part: str = "") -> list[str]:
    """Return names to suggest that contain this part, the most played first."""
    limit = MAX_WHILE_TYPING if part else MAX_SUGGESTIONS
    names = _names(warehouse, user_id, kind, part=fold_name(part), limit=limit)
    return list(names.values())


def near_matches(warehouse: Warehouse, user_id: str, kind: str, name: str) -> list[str]:
    """Return up to three names like this one, among the 5,000 most played."""
    names = _names(warehouse, user_id, kind, part="", limit=MAX_COMPARED)
    needle = fold_name(name)
    parts = [folded for folded in names if needle and needle in folded]
    close = get_close_matches(needle, names, n=3, cutoff=0.6)
    return [names[folded] for folded in dict.fromkeys([*close, *parts])][:3]


def _names(
    warehouse: Warehouse, user_id: str, kind: str, *, part: str, limit: int
) -> dict[str, str]:
    played, params = PLAYED[kind], [user_id, part]
    if not part:
        table = f"gold.user_{kind}s"
        most = MOST.format(table=table, limit=limit * NAMED_ALIKE)
        played, params = played.replace(f"{table} as", f"{most} as"), [user_id, *params]
    rows = warehouse.rows(MOST_PLAYED.format(played=played, limit=limit), params)
    return {row["folded"]: row["name"] for row in rows}
