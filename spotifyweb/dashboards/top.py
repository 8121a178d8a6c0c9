"""What was heard most: tracks, artists and albums, by plays or by time, and how they moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotifyweb.dashboards.reading import Grain, View
from spotifyweb.warehouse import Row

KINDS = {"tracks": "Tracks", "artists": "Artists", "albums": "Albums"}
ORDERS = {"plays": "plays desc, heard_ms desc", "time": "heard_ms desc, plays desc"}
COMPARED = 2000  # places of the period before that are looked at
# What makes two plays the same thing, in gold.tracks' own names.
KEYS = {
    "tracks": "facts.track_id",
    "artists": "tracks.artist_name",
    "albums": "tracks.artist_name, tracks.album_name",
}
SHOWN = {
    "tracks": """max(tracks.track_name) as track_name, max(tracks.artist_name) as artist_name,
        max(tracks.album_name) as album_name, max(tracks.url) as url,""",
    "artists": "max(tracks.artist_id) as artist_id,",
    "albums": "max(tracks.album_id) as album_id,",
}
RANKED = """
    , counted as (
        select {keys}, {shown} max(tracks.image_url) as image_url,
            count(distinct facts.track_id) as tracks,
            sum(facts.plays) as plays, sum(facts.heard_ms) as heard_ms
        from facts inner join gold.tracks as tracks on tracks.track_id = facts.track_id
        where {named} group by {keys} having sum(facts.plays) > 0
    )
    select *, row_number() over (order by {order}, {names}) as place, count(*) over () as found
    from counted order by place limit ? offset ?
"""
PLACES = """
    , counted as (
        select {keys}, sum(facts.plays) as plays, sum(facts.heard_ms) as heard_ms
        from facts inner join gold.tracks as tracks on tracks.track_id = facts.track_id
        where {named} group by {keys} having sum(facts.plays) > 0
    ),
    ranked as (select *, row_number() over (order by {order}, {names}) as place from counted)
    select {names}, place from ranked
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
    rows = view.rows(_sql(RANKED, kind, by), limit, offset, grain=Grain.TRACK)
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
    rows = view.rows(f"{_sql(PLACES, kind, by)} where {is_it}", *key, grain=Grain.TRACK)
    return rows[0]["place"] if rows else None


def _places_before(view: View, kind: str, by: str) -> dict[tuple[object, ...], int]:
    before = view.filters.period.before()
    if before is None:
        return {}
    sql = f"{_sql(PLACES, kind, by)} where place <= {COMPARED}"
    rows = view.during(before).rows(sql, grain=Grain.TRACK)
    return {_key(kind, row): row["place"] for row in rows}


def _names(kind: str) -> list[str]:
    return [key.split(".")[1] for key in KEYS[kind].split(", ")]


def _key(kind: str, row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in _names(kind))


def _sql(sql: str, kind: str, by: str) -> str:
    names = _names(kind)
    return sql.format(
        keys=KEYS[kind],
        names=", ".join(names),
        named=" and ".join(f"{key} is not null" for key in KEYS[kind].split(", ")),
        shown=SHOWN[kind],
        order=ORDERS[by],
    )
