"""What was heard most: tracks, artists and albums, by plays or by time, and how they moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotifyweb.dashboards.query import View
from spotifyweb.warehouse import Row

KINDS = {"tracks": "Tracks", "artists": "Artists", "albums": "Albums"}
ORDERS = {"plays": ("plays", "heard_ms"), "time": ("heard_ms", "plays")}
# What makes two plays the same thing.
KEYS = {
    "tracks": ("track_id",),
    "artists": ("artist_name",),
    "albums": ("artist_name", "album_name"),
}
COUNTED = {
    "tracks": "select * from heard where plays > 0",
    "artists": """
        select tracks.artist_name, max(tracks.artist_id) as artist_id,
            max(tracks.image_url) as image_url,
            count(case when heard.plays > 0 then 1 end) as tracks,
            sum(heard.plays) as plays, sum(heard.heard_ms) as heard_ms
        from heard inner join gold.tracks as tracks on tracks.track_id = heard.track_id
        where tracks.artist_name is not null
        group by tracks.artist_name having sum(heard.plays) > 0
    """,
    "albums": """
        select releases.artist_name, releases.album_name, max(releases.album_id) as album_id,
            max(releases.image_url) as image_url,
            count(distinct case when heard.plays > 0 then heard.track_id end) as tracks,
            sum(heard.plays) as plays, sum(heard.heard_ms) as heard_ms
        from heard
        inner join gold.releases as releases on releases.release_track_id = heard.release_track_id
        where releases.artist_name is not null and releases.album_name is not null
        group by releases.artist_name, releases.album_name having sum(heard.plays) > 0
    """,
}
# The same of all music, where the build has added it up already.
ADDED_UP = {
    "artists": """
        select artist_name, artist_id, image_url, tracks, plays, heard_ms
        from gold.user_artists where {where} and plays > 0
    """,
    "albums": """
        select artist_name, album_name, album_id, image_url, tracks, plays, heard_ms
        from gold.user_albums where {where} and plays > 0
    """,
}
PAGE = """
    select *, count(*) over () as found from counted order by {order} limit ? offset ?
"""
# Only the page's rows need names.
PAGE_OF_TRACKS = """
    , page as (select *, count(*) over () as found from counted order by {order} limit ? offset ?)
    select page.*, tracks.track_name, tracks.artist_name, tracks.album_name, tracks.image_url,
        tracks.url
    from page inner join gold.tracks as tracks on tracks.track_id = page.track_id
    order by page.{first} desc, page.{second} desc, page.track_id
"""
# Where anything was heard, its first place is told too: then what is not told was not heard.
PLACES = """
    , placed as (select {names}, row_number() over (order by {order}) as place from counted)
    select {names}, place from placed where place = 1 or ({names}) in ({keys})
"""
# Counting those ahead is quicker than sorting them all.
PLACE = """
    , its as (select * from counted where {is_it})
    select count(*) as found, count(case when {is_ahead} then 1 end) as ahead
    from counted cross join its
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopList:
    """One page of a ranking."""

    rows: list[Row]  # with `place`, and `moved` where there was a period before
    found: int  # in the whole ranking


def ranking(
    view: View, kind: str, *, by: str, limit: int = 10, offset: int = 0, moves: bool = True
) -> TopList:
    """The most heard of a kind from `offset` on; `moved` is places up since the period before."""
    sql = PAGE_OF_TRACKS if kind == "tracks" else PAGE
    first, second = ORDERS[by]
    sql = sql.format(order=_order(kind, by), first=first, second=second)
    rows = _rows(view, kind, sql, limit, offset)
    for place, row in enumerate(rows, start=offset + 1):
        row["place"] = place
    before = _places_before(view, kind, by, rows) if rows and moves else {}
    if before:  # where nothing was heard before, everything would be new
        for row in rows:
            was = before.get(_key(kind, row))
            row["moved"] = None if was is None else was - row["place"]
            row["is_new"] = was is None
    return TopList(rows=rows, found=rows[0]["found"] if rows else 0)


def place_of(view: View, kind: str, key: Sequence[object], *, by: str = "plays") -> int | None:
    """The place of one track, artist or album among all of this view."""
    is_it = " and ".join(f"{name} = ?" for name in KEYS[kind])
    [row] = _rows(view, kind, PLACE.format(is_it=is_it, is_ahead=_is_ahead(kind, by)), *key)
    return row["ahead"] + 1 if row["found"] else None


def _places_before(
    view: View, kind: str, by: str, shown: Sequence[Row]
) -> dict[tuple[object, ...], int]:
    """Where these stood in the period before, and what was first there."""
    before = view.filters.period.before()
    if before is None:
        return {}
    names, marks = ", ".join(KEYS[kind]), ", ".join("?" for _ in KEYS[kind])
    keys = ", ".join(f"({marks})" for _ in shown)
    sql = PLACES.format(names=names, order=_order(kind, by), keys=keys)
    values = [value for row in shown for value in _key(kind, row)]
    rows = _rows(view.during(before), kind, sql, *values)
    return {_key(kind, row): row["place"] for row in rows}


def _rows(view: View, kind: str, sql: str, *params: object) -> list[Row]:
    """Rows of `sql`, which may select from `counted`: one row for each thing that was played."""
    if not (view.is_all_music and kind in ADDED_UP):
        counted = f", counted as ({COUNTED[kind]})"
        return view.track_rows(f"{counted} {sql}", *params, releases=kind == "albums")
    where, bound = view.where()
    counted = ADDED_UP[kind].format(where=where)
    return view.warehouse.rows(f"with counted as ({counted}) {sql}", [*bound, *params])


def _is_ahead(kind: str, by: str) -> str:
    """The condition for standing before it in the ranking."""
    signs = [*((name, ">") for name in ORDERS[by]), *((name, "<") for name in KEYS[kind])]
    condition = "false"
    for name, sign in reversed(signs):
        condition = (
            f"(counted.{name} {sign} its.{name} or counted.{name} = its.{name} and {condition})"
        )
    return condition


def _order(kind: str, by: str) -> str:
    return ", ".join([*(f"{measure} desc" for measure in ORDERS[by]), *KEYS[kind]])


def _key(kind: str, row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in KEYS[kind])
