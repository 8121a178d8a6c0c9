"""Search for tracks, artists, albums and plays by a part of a name.

Names are compared folded. Where none contains the words, one typing error is forgiven: a letter too
many, one missing, a wrong one, or two swapped.
"""

from dataclasses import dataclass

from spotifyweb.dashboards.query import NAMED_RELEASES, ListenQuery
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row, placeholders

NAMES = """
    with named as (
        select played.track_id,
            max(case when releases.folded_track_name = ? then 1 else 0 end) as is_exact
        from gold.user_releases as played
        inner join gold.releases as releases
            on releases.release_track_id = played.release_track_id
        where played.user_id = ? and {track}
        group by played.track_id
    ),
    tracks as (
        select 'tracks' as kind, tracks.track_id, tracks.track_name, tracks.artist_name,
            tracks.album_name, tracks.image_url, tracks.url, known.plays, known.heard_ms,
            named.is_exact
        from gold.user_tracks as known
        inner join named on named.track_id = known.track_id
        inner join gold.tracks as tracks on tracks.track_id = known.track_id
        where known.user_id = ?
        order by named.is_exact desc, known.plays desc, known.heard_ms desc, known.track_id
        limit 12
    ),
    artists as (
        select 'artists' as kind, null as track_id, null as track_name, artist_name,
            null as album_name, max(image_url) as image_url, null as url, sum(plays) as plays,
            sum(heard_ms) as heard_ms,
            max(case when folded_artist_name = ? then 1 else 0 end) as is_exact
        from gold.user_artists where user_id = ? and {artist}
        group by artist_name
        order by is_exact desc, plays desc, heard_ms desc, artist_name limit 8
    ),
    albums as (
        select 'albums' as kind, null as track_id, null as track_name, artist_name, album_name,
            max(image_url) as image_url, null as url, sum(plays) as plays,
            sum(heard_ms) as heard_ms,
            max(case when folded_album_name = ? then 1 else 0 end) as is_exact
        from gold.user_albums
        where user_id = ? and {album}
        group by artist_name, album_name
        order by is_exact desc, plays desc, heard_ms desc, album_name limit 8
    )
    select * from tracks union all select * from artists union all select * from albums
    order by kind, is_exact desc, plays desc, heard_ms desc, track_id, artist_name, album_name
"""
PLAYS = f"""
    with releases as ({NAMED_RELEASES} and played.track_id in ({{placeholders}}))
    select plays.event_id, releases.track_id, releases.release_track_id, releases.track_name,
        releases.artist_name, releases.album_name, releases.image_url, releases.url,
        plays.local_at, plays.ended_at, plays.heard_ms, plays.sources, plays.event_type,
        false as is_live
    from gold.release_listens as plays
    inner join releases on releases.release_track_id = plays.track_id
    where plays.user_id = ? and plays.event_type = 'play'
    order by plays.ended_at desc limit 15
"""
TYPO_LENGTHS = range(4, 33)  # letters of a search in which one may be wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResults:
    tracks: list[Row]
    artists: list[Row]
    albums: list[Row]
    plays: list[Row]

    def __bool__(self) -> bool:
        return bool(self.tracks or self.artists or self.albums)


def search_names(listens: ListenQuery, words: str) -> SearchResults:
    """Find what this listener played whose name contains the words, most played first.

    A name that is the words comes before those. `plays` are the newest of the matching tracks.
    """
    needle = fold_name(words)
    rows = _find_names(listens, needle, "contains({name}, ?)", [needle])
    if not rows and len(needle) in TYPO_LENGTHS:
        rows = _find_names(listens, needle, *one_letter_off(needle))
    tracks = [row for row in rows if row["kind"] == "tracks"]
    return SearchResults(
        tracks=tracks,
        artists=[row for row in rows if row["kind"] == "artists"],
        albums=[row for row in rows if row["kind"] == "albums"],
        plays=newest_plays_of(listens, [row["track_id"] for row in tracks]),
    )


def _find_names(listens: ListenQuery, needle: str, condition: str, params: list[str]) -> list[Row]:
    kinds = {kind: f"folded_{kind}_name" for kind in ("track", "artist", "album")}
    conditions = {kind: condition.format(name=name) for kind, name in kinds.items()}
    one_kind = needle, listens.user_id, *params
    bound = [*one_kind, listens.user_id, *one_kind, *one_kind]
    return listens.named_rows(NAMES.format(**conditions), *bound)


def one_letter_off(needle: str) -> tuple[str, list[str]]:
    """Return SQL for a `{name}` that contains the words but for one letter, and its parameters.

    One half of the words is right then: few names contain it, and only those are compared closely.
    """
    half = len(needle) // 2
    parts = needle[: half - 1], needle[half + 1 :]  # two letters in the middle may be swapped
    patterns = sorted(_patterns(needle))
    near = " or ".join("contains({name}, ?)" for _ in parts)
    close = " or ".join("{name} like ? escape '!'" for _ in patterns)
    return f"(({near}) and ({close}))", [*parts, *patterns]


def _patterns(needle: str) -> set[str]:
    """Return patterns for LIKE, in which `_` stands for any letter."""
    letters = [f"!{letter}" if letter in "!%_" else letter for letter in needle]
    patterns = set()
    for index in range(len(letters)):
        before, after = letters[:index], letters[index + 1 :]
        patterns.add(("".join(before), "_", "".join(after)))  # another letter
        patterns.add(("".join(before), "", "".join(after)))  # one too many
        if before:
            patterns.add(("".join(before), "_", letters[index] + "".join(after)))  # one is missing
        if after:
            patterns.add(("".join(before), after[0] + letters[index], "".join(after[1:])))
    return {"%" + "".join(parts) + "%" for parts in patterns}


def newest_plays_of(listens: ListenQuery, track_ids: list[str]) -> list[Row]:
    """Return the newest plays of these tracks."""
    if not track_ids:
        return []
    sql = PLAYS.format(placeholders=placeholders(track_ids))
    return listens.named_rows(sql, listens.user_id, *track_ids, listens.user_id)
