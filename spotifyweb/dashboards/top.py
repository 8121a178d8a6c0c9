"""What was heard most: tracks, artists and albums, by plays or by time, and how they moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotifyweb.dashboards.reading import View
from spotifyweb.warehouse import Row

KINDS = {"tracks": "Tracks", "artists": "Artists", "albums": "Albums"}
ORDERS = {"plays": "plays desc, heard_ms desc", "time": "heard_ms desc, plays desc"}
COMPARED = 2000  # places of the period before that are looked at
# What makes two plays the same thing, in gold.tracks' own names.
KEYS = {
    "tracks": "heard.track_id",
    "artists": "tracks.artist_name",
    "albums": "tracks.artist_name, tracks.album_name",
}
SHOWN = {
    "artists": "max(tracks.artist_id) as artist_id,",
    "albums": "max(tracks.album_id) as album_id,",
}
RANKED = """
    , counted as (
        select {keys}, {shown} max(tracks.image_url) as image_url,
            count(distinct heard.track_id) as tracks,
            sum(heard.plays) as plays, sum(heard.heard_ms) as heard_ms
        from heard inner join gold.tracks as tracks on tracks.track_id = heard.track_id
        where {named} group by {keys} having sum(heard.plays) > 0
    )
    select *, row_number() over (order by {order}, {names}) as place, count(*) over () as found
    from counted order by place limit ? offset ?
"""
# A track is its own key: only the page's rows need names.
RANKED_TRACKS = """
    , ranked as (
        select track_id, plays, heard_ms, row_number() over (order by {order}, track_id) as place,
            count(*) over () as found
        from heard
    ),
    page as (select * from ranked order by place limit ? offset ?)
    select page.*, tracks.track_name, tracks.artist_name, tracks.album_name, tracks.image_url,
        tracks.url
    from page inner join gold.tracks as tracks on tracks.track_id = page.track_id
    order by page.place
"""
PLACES_OF_TRACKS = """
    , ranked as (
        select track_id, row_number() over (order by {order}, track_id) as place from heard
    )
    select track_id, place from ranked
"""
PLACES = """
    , counted as (
        select {keys}, sum(heard.plays) as plays, sum(heard.heard_ms) as heard_ms
        from heard inner join gold.tracks as tracks on tracks.track_id = heard.track_id
        where {named} group by {keys} having sum(heard.plays) > 0
    ),
    ranked as (select *, row_number() over (order by {order}, {names}) as place from counted)
    select {names}, place from ranked
"""
QUERIES = {  # by whether it is of tracks
    ("ranked", False): RANKED,
    ("ranked", True): RANKED_TRACKS,
    ("places", False): PLACES,
    ("places", True): PLACES_OF_TRACKS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopList:
    """One page of a ranking."""

    rows: list[Row]  # with `place`, and `moved` where there was a period before
    found: int  # in the whole ranking


def ranking(
    view: View, kind: str, *, by: str, limit: int = 10, offset: int = 0, moves: bool = True
) -> TopList:
    """The most heard of a kind from `offset` on; `moved` is places up since the period before."""
    rows = view.track_rows(_sql("ranked", kind, by), limit, offset)
    before = _places_before(view, kind, by) if rows and moves else {}
    if before:  # where nothing was heard before, everything would be new
        for row in rows:
            place = before.get(_key(kind, row))
            row["moved"] = None if place is None else place - row["place"]
            row["is_new"] = place is None
    return TopList(rows=rows, found=rows[0]["found"] if rows else 0)


def place_of(view: View, kind: str, key: Sequence[object], *, by: str = "plays") -> int | None:
    """The place of one track, artist or album among all of this view."""
    is_it = " and ".join(f"{name} = ?" for name in _names(kind))
    rows = view.track_rows(f"{_sql('places', kind, by)} where {is_it}", *key)
    return rows[0]["place"] if rows else None


def _places_before(view: View, kind: str, by: str) -> dict[tuple[object, ...], int]:
    before = view.filters.period.before()
    if before is None:
        return {}
    sql = f"{_sql('places', kind, by)} where place <= {COMPARED}"
    rows = view.during(before).track_rows(sql)
    return {_key(kind, row): row["place"] for row in rows}


def _names(kind: str) -> list[str]:
    return [key.split(".")[1] for key in KEYS[kind].split(", ")]


def _key(kind: str, row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in _names(kind))


def _sql(name: str, kind: str, by: str) -> str:
    sql = QUERIES[name, kind == "tracks"]
    names = _names(kind)
    return sql.format(
        keys=KEYS[kind],
        names=", ".join(names),
        named=" and ".join(f"{key} is not null" for key in KEYS[kind].split(", ")),
        shown=SHOWN.get(kind, ""),
        order=ORDERS[by],
    )
