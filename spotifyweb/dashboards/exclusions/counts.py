"""How much each rule leaves out."""

from collections.abc import Iterable

from spotifyweb.dashboards.exclusions.conditions import conditions
from spotifyweb.dashboards.models import Rule
from spotifyweb.dashboards.query import LISTENS
from spotifyweb.warehouse import Warehouse

COUNT = """
    select count(*) as plays from {listens} as listens
    where user_id = ? and plays = 1 and not ({is_kept})
"""


def count_excluded(warehouse: Warehouse, user_id: str, rules: Iterable[Rule]) -> list[int | None]:
    """Plays that each rule excludes, whether it is on or not."""
    found: list[int | None] = []
    for rule in rules:
        [(is_kept, values)] = conditions([rule.exclusion])
        sql = COUNT.format(listens=LISTENS, is_kept=is_kept)
        found.append(warehouse.rows(sql, [user_id, *values])[0]["plays"])
    return found
