"""How pages read gold: one listener, one set of filters, the coarsest table that can answer.

A page asks for `facts`, rows of plays and time at some grain, and sums them up in its own words.
Most views read day, hour or track tables; only a minimum length or an exclusion rule needs single
plays, because no summary knows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from spotifyweb.dashboards.exclusions import Exclusion, conditions
from spotifyweb.dashboards.filters import Filters, Period
from spotifyweb.warehouse import Row, Warehouse


class Grain(StrEnum):
    """The tables of gold that know of time, from the smallest to the largest."""

    DAY = "gold.user_daily_listening"
    HOUR = "gold.listening_hours"
    TRACK = "gold.user_track_daily"


COLUMNS = {
    Grain.DAY: "",
    Grain.HOUR: "local_hour, weekday, ",
    Grain.TRACK: "track_id, ",
}
# Single plays in the shape of the summaries. 1900-01-01 was a Monday: weekdays without a function
# that only one engine has.
LISTENS = """(
    select user_id, local_date, track_id, artist_name, album_name, context, device_name, source,
        content_type, heard_ms as listened_ms,
        coalesce(device_type, 'unknown') as device_type,
        cast(extract(hour from local_at) as integer) as local_hour,
        cast(mod(datediff('day', date '1900-01-01', local_date), 7) as integer) as weekday,
        case when event_type = 'play' then 1 else 0 end as plays,
        case when event_type = 'skip' then 1 else 0 end as skips,
        case when event_type = 'play' then heard_ms else 0 end as heard_ms,
        case when event_type = 'skip' then heard_ms else 0 end as skipped_ms
    from silver.silver_listens
)"""


HEARD = """
    select track_id, sum(plays) as plays, sum(heard_ms) as heard_ms
    from {table} group by track_id having sum(plays) > 0
"""
KNOWN = "select track_id, plays, heard_ms from {table} and plays > 0"  # of one content type


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page shows: whose plays, under which filters, without what their rules exclude."""

    warehouse: Warehouse
    user_id: str
    filters: Filters
    exclusions: tuple[Exclusion, ...] = ()

    def rows(self, sql: str, *params: object, grain: Grain = Grain.DAY) -> list[Row]:
        """Rows of `sql`, which may select from `facts`: the plays of this view at that grain."""
        facts, bound = self.facts(grain)
        return self.warehouse.rows(f"with facts as ({facts}) {sql}", [*bound, *params])

    def track_rows(self, sql: str, *params: object) -> list[Row]:
        """Rows of `sql`, which may select from `heard`: plays and heard_ms of each track played."""
        heard, bound = self.heard()
        return self.warehouse.rows(f"with heard as ({heard}) {sql}", [*bound, *params])

    def heard(self) -> tuple[str, list[object]]:
        """SQL and parameters: track_id, plays and heard_ms of each track played."""
        if not self._is_everything:
            facts, bound = self.facts(Grain.TRACK)
            return HEARD.format(table=f"({facts}) as facts"), bound
        where, bound = self.where()
        known = KNOWN if self.is_all_music else HEARD
        return known.format(table=f"gold.user_tracks where {where}"), bound

    @property
    def is_all_music(self) -> bool:
        """Everything, and nothing spoken: one row per artist or album says it too."""
        return self._is_everything and not self.filters.podcasts

    @property
    def _is_everything(self) -> bool:
        """Of all time and every device and source: one row per track says it."""
        filters = self.filters
        is_whole = filters.period == Period() and not (filters.device or filters.source)
        return is_whole and not filters.skips and not self.needs_listens(Grain.TRACK)

    def during(self, period: Period) -> "View":
        return replace(self, filters=self.filters.during(period))

    def facts(self, grain: Grain) -> tuple[str, list[object]]:
        """SQL and parameters: local_date, plays, skips, begun (both), heard_ms, the grain's own.

        With the filter "skips" a skip counts as a play and its time as heard.
        """
        where, params = self.where()
        counted = "plays + skips" if self.filters.skips else "plays"
        timed = "heard_ms + skipped_ms" if self.filters.skips else "heard_ms"
        sql = f"""
            select local_date, {COLUMNS[grain]} device_type, source, content_type,
                {counted} as plays, skips, plays + skips as begun, {timed} as heard_ms
            from {LISTENS if self.needs_listens(grain) else grain.value} as listens where {where}
        """
        return sql, params

    def needs_listens(self, grain: Grain) -> bool:
        """Whether only single plays can answer; the time of skips is summed up by day alone."""
        filters = self.filters
        if filters.min_ms or (filters.rules and self.exclusions):
            return True
        return filters.skips and grain is not Grain.DAY

    def where(self) -> tuple[str, list[object]]:
        """The conditions of this view on a table of plays, with their parameters."""
        clauses: list[tuple[str, Sequence[object]]] = [("user_id = ?", [self.user_id])]
        clauses += narrowing(self.filters)
        if self.filters.min_ms:
            clauses.append(("listened_ms >= ?", [self.filters.min_ms]))
        if self.filters.rules:
            clauses += conditions(self.exclusions)
        return (
            " and ".join(sql for sql, _ in clauses),
            [value for _, values in clauses for value in values],
        )


def narrowing(filters: Filters) -> list[tuple[str, Sequence[object]]]:
    """The conditions that every table of plays can check."""
    clauses: list[tuple[str, Sequence[object]]] = []
    if filters.period.first:
        clauses.append(("local_date >= ?", [filters.period.first]))
    if filters.period.last:
        clauses.append(("local_date <= ?", [filters.period.last]))
    if filters.device:
        clauses.append(("coalesce(device_type, 'unknown') = ?", [filters.device]))
    if filters.source:
        clauses.append(("source = ?", [filters.source]))
    if filters.podcasts != "with":
        sign = "<>" if filters.podcasts == "only" else "="
        clauses.append((f"content_type {sign} 'track'", []))
    return clauses
