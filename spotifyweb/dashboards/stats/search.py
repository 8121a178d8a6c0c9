"""Finding a track, an artist, an album or a play again by a few letters of its name.

Names are compared folded. Where nothing contains the words, one wrong letter is forgiven: one too
many, one missing, another one, or two that changed places.
"""

from dataclasses import dataclass

from spotifyweb.dashboards.query import View
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row

NAMES = """
    with named as (
        select distinct mine.track_id
        from gold.user_releases as mine
        inner join gold.releases as releases
            on releases.release_track_id = mine.release_track_id
        where mine.user_id = ? and {track}
    ),
    tracks as (
        select 'tracks' as kind, tracks.track_id, tracks.track_name, tracks.artist_name,
            tracks.album_name, tracks.image_url, tracks.url, known.plays, known.heard_ms
        from gold.user_tracks as known
        inner join named on named.track_id = known.track_id
        inner join gold.tracks as tracks on tracks.track_id = known.track_id
        where known.user_id = ?
        order by known.plays desc, known.heard_ms desc, known.track_id limit 12
    ),
    artists as (
        select 'artists' as kind, null as track_id, null as track_name, artist_name,
            null as album_name, null as image_url, null as url, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from gold.user_artists where user_id = ? and {artist}
        group by artist_name order by plays desc, heard_ms desc, artist_name limit 8
    ),
    albums as (
        select 'albums' as kind, null as track_id, null as track_name, artist_name, album_name,
            max(image_url) as image_url, null as url, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from gold.user_albums where user_id = ? and {album}
        group by artist_name, album_name
        order by plays desc, heard_ms desc, album_name limit 8
    )
    select * from tracks union all select * from artists union all select * from albums
    order by kind, plays desc, heard_ms desc, track_id, artist_name, album_name
"""
PLAYS = """
    with releases as (
        select named.release_track_id, mine.track_id, named.track_name, named.artist_name,
            named.album_name, named.image_url, named.url
        from gold.user_releases as mine
        inner join gold.releases as named on named.release_track_id = mine.release_track_id
        where mine.user_id = ? and mine.track_id in ({marks})
    )
    select plays.event_id, releases.track_id, releases.release_track_id, releases.track_name,
        releases.artist_name, releases.album_name, releases.image_url, releases.url,
        plays.local_at, plays.ended_at, plays.heard_ms, plays.sources
    from silver.silver_release_listens as plays
    inner join releases on releases.release_track_id = plays.track_id
    where plays.user_id = ? and plays.event_type = 'play'
    order by plays.ended_at desc limit 15
"""
FORGIVEN = range(4, 33)  # letters, of which one may be wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    tracks: list[Row]
    artists: list[Row]
    albums: list[Row]
    plays: list[Row]

    def __bool__(self) -> bool:
        return bool(self.tracks or self.artists or self.albums)


def search(view: View, words: str) -> Found:
    """What this listener heard whose name contains the words, most heard first.

    `plays` are the newest plays of the tracks found.
    """
    wanted = fold_name(words)
    rows = _named(view, "contains({name}, ?)", [wanted])
    if not rows and len(wanted) in FORGIVEN:
        rows = _named(view, *one_letter_off(wanted))
    tracks = [row for row in rows if row["kind"] == "tracks"]
    return Found(
        tracks=tracks,
        artists=[row for row in rows if row["kind"] == "artists"],
        albums=[row for row in rows if row["kind"] == "albums"],
        plays=plays_of(view, [row["track_id"] for row in tracks]),
    )


def _named(view: View, condition: str, params: list[str]) -> list[Row]:
    kinds = {kind: f"folded_{kind}_name" for kind in ("track", "artist", "album")}
    conditions = {kind: condition.format(name=name) for kind, name in kinds.items()}
    user_id = view.user_id
    bound = [user_id, *params, user_id, user_id, *params, user_id, *params]
    return view.named_rows(NAMES.format(**conditions), *bound)


def one_letter_off(wanted: str) -> tuple[str, list[str]]:
    """SQL for a `{name}` that contains the words but for one letter, and its parameters.

    One half of the words is right then: few names have it, and only those are looked at closely.
    """
    half = len(wanted) // 2
    parts = wanted[: half - 1], wanted[half + 1 :]  # two in the middle may have changed places
    patterns = sorted(_patterns(wanted))
    near = " or ".join("contains({name}, ?)" for _ in parts)
    close = " or ".join("{name} like ? escape '!'" for _ in patterns)
    return f"(({near}) and ({close}))", [*parts, *patterns]


def _patterns(wanted: str) -> set[str]:
    """As LIKE reads them: `_` stands for any letter."""
    letters = [f"!{letter}" if letter in "!%_" else letter for letter in wanted]
    found = set()
    for place in range(len(letters)):
        before, after = letters[:place], letters[place + 1 :]
        found.add(("".join(before), "_", "".join(after)))  # another letter
        found.add(("".join(before), "", "".join(after)))  # one too many
        if before:
            found.add(("".join(before), "_", letters[place] + "".join(after)))  # one is missing
        if after:
            found.add(("".join(before), after[0] + letters[place], "".join(after[1:])))
    return {"%" + "".join(parts) + "%" for parts in found}


def plays_of(view: View, track_ids: list[str]) -> list[Row]:
    """The newest plays of these tracks."""
    if not track_ids:
        return []
    marks = ", ".join("?" for _ in track_ids)
    return view.named_rows(PLAYS.format(marks=marks), view.user_id, *track_ids, view.user_id)
