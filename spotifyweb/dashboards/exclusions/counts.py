"""How many plays each exclusion rule leaves out."""

from collections.abc import Iterable

from spotifyweb.dashboards.exclusions.conditions import conditions
from spotifyweb.dashboards.exclusions.tracks import with_track_ids
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.dashboards.query import LISTENING_FACTS
from spotifyweb.warehouse import Warehouse

COUNT = """
    select count(*) as plays from {listens} as listens
    where user_id = ? and plays = 1 and not ({is_counted})
"""


def count_excluded(
    warehouse: Warehouse, user_id: str, rules: Iterable[ExclusionRule]
) -> list[int | None]:
    """Count the plays that each rule excludes, whether it is on or not."""
    counts: list[int | None] = []
    for exclusion in with_track_ids(warehouse, user_id, (rule.exclusion for rule in rules)):
        [(is_counted, values)] = conditions([exclusion])
        sql = COUNT.format(listens=LISTENING_FACTS, is_counted=is_counted)
        counts.append(warehouse.rows(sql, [user_id, *values])[0]["plays"])
    return counts
