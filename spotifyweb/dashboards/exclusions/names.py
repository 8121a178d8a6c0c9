"""Names that an exclusion rule can have: those of what a listener played."""

from difflib import get_close_matches

from spotifyweb.text import fold_name
from spotifyweb.warehouse import Warehouse

TABLES = {"artist": "gold.user_artists", "album": "gold.user_albums"}
KNOWN = "select 1 as is_known from {table} where user_id = ? and folded_{kind}_name = ? limit 1"
MOST_PLAYED = """
    select {kind}_name as name, max(folded_{kind}_name) as folded, sum(plays) as plays
    from {table} where user_id = ? and {kind}_name is not null
    group by {kind}_name order by plays desc, name limit ?
"""
MAX_SUGGESTIONS, MAX_COMPARED = 200, 5000


def is_known(warehouse: Warehouse, user_id: str, kind: str, name: str) -> bool:
    """Return whether the listener played this artist or album; other kinds are not checked."""
    if kind not in TABLES:
        return True
    sql = KNOWN.format(table=TABLES[kind], kind=kind)
    return bool(warehouse.rows(sql, [user_id, fold_name(name)]))


def most_played(warehouse: Warehouse, user_id: str, kind: str) -> list[str]:
    """Return names of artists or albums to suggest, the most played first."""
    return list(_names(warehouse, user_id, kind, limit=MAX_SUGGESTIONS).values())


def near_matches(warehouse: Warehouse, user_id: str, kind: str, name: str) -> list[str]:
    """Return up to three names like this one, among the 5,000 most played."""
    names = _names(warehouse, user_id, kind, limit=MAX_COMPARED)
    needle = fold_name(name)
    parts = [folded for folded in names if needle and needle in folded]
    close = get_close_matches(needle, names, n=3, cutoff=0.6)
    return [names[folded] for folded in dict.fromkeys([*close, *parts])][:3]


def _names(warehouse: Warehouse, user_id: str, kind: str, *, limit: int) -> dict[str, str]:
    sql = MOST_PLAYED.format(table=TABLES[kind], kind=kind)
    rows = warehouse.rows(sql, [user_id, limit])
    return {row["folded"] or fold_name(row["name"]): row["name"] for row in rows}
