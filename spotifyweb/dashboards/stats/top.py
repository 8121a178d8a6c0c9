"""Rankings of tracks, artists and albums by plays or by time, and how ranks moved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards.query import Grain, ListenQuery
from spotifyweb.dashboards.stats.items import KEYS
from spotifyweb.dashboards.stats.pictures import add_pictures
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.warehouse import Row, placeholders

MONTHS_FROM_DAYS = 180  # of a shorter period weeks say more
KINDS = {"tracks": _("Tracks"), "artists": _("Artists"), "albums": _("Albums")}
ORDERS = {"plays": ("plays", "heard_ms"), "time": ("heard_ms", "plays")}
COUNTED = {
    "tracks": "select * from totals where plays > 0",
    "artists": """
        select tracks.artist_name, max(tracks.artist_id) as artist_id,
            count(case when totals.plays > 0 then 1 end) as tracks,
            sum(totals.plays) as plays, sum(totals.heard_ms) as heard_ms
        from totals inner join gold.tracks as tracks on tracks.track_id = totals.track_id
        where tracks.artist_name is not null
        group by tracks.artist_name having sum(totals.plays) > 0
    """,
    "albums": """
        select releases.artist_name, releases.album_name, max(releases.album_id) as album_id,
            max(releases.image_url) as image_url,
            count(distinct case when totals.plays > 0 then totals.track_id end) as tracks,
            sum(totals.plays) as plays, sum(totals.heard_ms) as heard_ms
        from totals
        inner join gold.releases as releases on releases.release_track_id = totals.release_track_id
        where releases.artist_name is not null and releases.album_name is not null
        group by releases.artist_name, releases.album_name having sum(totals.plays) > 0
    """,
}
# The same for all music, which gold holds summed up.
SUMMED_UP = {
    "artists": """
        select artist_name, artist_id, tracks, plays, heard_ms
        from gold.user_artists where {where} and plays > 0
    """,
    "albums": """
        select artist_name, album_name, album_id, image_url, tracks, plays, heard_ms
        from gold.user_albums where {where} and plays > 0
    """,
}
PAGE = """
    select *, count(*) over () as total, sum(plays) over () as all_plays,
        sum(heard_ms) over () as all_heard_ms
    from counted order by {order} limit {limit} offset {offset}
"""
# Names are joined to the rows of one page only.
PAGE_OF_TRACKS = """
    , page as (
        select *, count(*) over () as total, sum(plays) over () as all_plays,
            sum(heard_ms) over () as all_heard_ms
        from counted order by {order} limit {limit} offset {offset}
    )
    select page.*, tracks.track_name, tracks.artist_name, tracks.album_name, tracks.image_url,
        tracks.url
    from page inner join gold.tracks as tracks on tracks.track_id = page.track_id
    order by page.{first} desc, page.{second} desc, page.track_id
"""
# The first rank is always returned, so that an item without a rank is known to be new.
RANKS = """
    , ranked as (select {names}, row_number() over (order by {order}) as place from counted)
    select {names}, place from ranked where place = 1 or ({names}) in ({keys})
"""
# Counting the items ahead is faster than sorting all of them.
RANK = """
    , its as (select * from counted where {is_it})
    select count(*) as total, count(case when {is_ahead} then 1 end) as ahead
    from counted cross join its
"""


ARTIST_RANKS = """
    , played as (
        select {bucket} as bucket, tracks.artist_name, sum(facts.plays) as plays,
            sum(facts.heard_ms) as heard_ms
        from facts inner join gold.tracks as tracks on tracks.track_id = facts.track_id
        where tracks.artist_name is not null
        group by 1, 2 having sum(facts.plays) > 0
    ),
    ranked as (
        select bucket, artist_name,
            row_number() over (partition by bucket order by {order}) as place
        from played
    )
    select bucket, place from ranked where artist_name = ?
"""
ARTIST_RANKS_OF_ALL_MUSIC = """
    select local_month as bucket, rank as place from gold.artist_months
    where user_id = ? and artist_name = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopList:
    """One page of a ranking."""

    rows: list[Row]  # with `place`, and `moved` where there was a period before
    total: int  # rows in the whole ranking


def top_list(
    listens: ListenQuery,
    kind: str,
    *,
    by: str,
    limit: int = 10,
    offset: int = 0,
    moves: bool = True,
) -> TopList:
    """Rank items of a kind, from `offset` on.

    `moved` is how many ranks an item went up since the period before.
    """
    sql = PAGE_OF_TRACKS if kind == "tracks" else PAGE
    first, second = ORDERS[by]
    sql = sql.format(
        order=_order(kind, by), first=first, second=second, limit=int(limit), offset=int(offset)
    )
    rows = _rows(listens, kind, sql)
    for rank, row in enumerate(rows, start=offset + 1):
        row |= {"place": rank, "share": _share(row, by), "moved": None, "is_new": False}
    if kind == "artists":
        add_pictures(listens, rows)
    before = _previous_ranks(listens, kind, by, rows) if rows and moves else {}
    if before:  # else everything would be new
        for row in rows:
            was = before.get(_key(kind, row))
            row["moved"] = None if was is None else was - row["place"]
            row["is_new"] = was is None
    return TopList(rows=rows, total=rows[0]["total"] if rows else 0)


def _share(row: Row, by: str) -> float | None:
    """Return a row's part of the plays, or of the time, of the whole ranking."""
    measure = ORDERS[by][0]
    whole = row.pop("all_plays"), row.pop("all_heard_ms")
    total = whole[0] if by == "plays" else whole[1]
    return float(row[measure] / total) if total else None


def rank_of(
    listens: ListenQuery, kind: str, key: Sequence[object], *, by: str = "plays"
) -> int | None:
    """Return the rank of one track, artist or album, None if it was not played."""
    is_it = " and ".join(f"{name} = ?" for name in KEYS[kind])
    [row] = _rows(listens, kind, RANK.format(is_it=is_it, is_ahead=_is_ahead(kind, by)), *key)
    return row["ahead"] + 1 if row["total"] else None


def rank_buckets(listens: ListenQuery, buckets: Buckets) -> Buckets:
    """Return the months of the buckets' days, or the weeks of a short period."""
    days = listens.filters.period.days or MONTHS_FROM_DAYS
    return replace(buckets, step="month" if days >= MONTHS_FROM_DAYS else "week")


def artist_ranks(listens: ListenQuery, artist_name: str, buckets: Buckets) -> list[int | None]:
    """Return the artist's rank by plays in each step, None where it was not played."""
    if listens.is_all_music and buckets.step == "month":
        params = [listens.user_id, artist_name]
        rows = listens.warehouse.rows(ARTIST_RANKS_OF_ALL_MUSIC, params)
    else:
        bucket = buckets.sql.replace("local_date", "facts.local_date")
        sql = ARTIST_RANKS.format(bucket=bucket, order=_order("artists", "plays"))
        rows = listens.rows(sql, artist_name, grain=Grain.TRACK)
    places = {row["bucket"]: row["place"] for row in rows}
    return [places.get(day) for day in buckets.dates]


def _previous_ranks(
    listens: ListenQuery, kind: str, by: str, shown: Sequence[Row]
) -> dict[tuple[object, ...], int]:
    """Return the ranks of these rows in the period before, and the item that was first."""
    before = listens.filters.period.before()
    if before is None:
        return {}
    names, key = ", ".join(KEYS[kind]), f"({placeholders(KEYS[kind])})"
    keys = ", ".join([key] * len(shown))
    sql = RANKS.format(names=names, order=_order(kind, by), keys=keys)
    values = [value for row in shown for value in _key(kind, row)]
    rows = _rows(listens.during(before), kind, sql, *values)
    return {_key(kind, row): row["place"] for row in rows}


def _rows(listens: ListenQuery, kind: str, sql: str, *params: object) -> list[Row]:
    """Run `sql`, which may select from `counted`: one row for each item played."""
    if not (listens.is_all_music and kind in SUMMED_UP):
        counted = f", counted as ({COUNTED[kind]})"
        return listens.track_rows(f"{counted} {sql}", *params, releases=kind == "albums")
    where, bound = listens.where()
    counted = SUMMED_UP[kind].format(where=where)
    return listens.warehouse.rows(f"with counted as ({counted}) {sql}", [*bound, *params])


def _is_ahead(kind: str, by: str) -> str:
    """Return the SQL condition for a better rank than `its`."""
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
