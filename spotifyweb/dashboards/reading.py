"""How pages read gold: one listener, one set of filters, the coarsest table that can answer.

A page asks for `facts`, rows of plays and time at some grain, and sums them up in its own words.
Most views read day, hour or track tables; only a minimum length or an exclusion rule needs single
plays, because no summary knows them. Both are of the whole play, in whichever hours it was heard.
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
    Grain.HOUR: "local_hour, utc_offset_minutes, weekday, ",
    Grain.TRACK: "track_id, release_track_id, ",
}
# Single plays in the shape of the summaries. 1900-01-01 was a Monday: weekdays without a function
# that only one engine has.
LISTENS = """(
    select *, cast(mod(datediff('day', date '1900-01-01', local_date), 7) as integer) as weekday
    from silver.silver_listening
)"""


HEARD = """
    select track_id, sum(plays) as plays, sum(heard_ms) as heard_ms
    from {table} group by track_id
"""
KNOWN = "select track_id, plays, heard_ms from {table}"  # of one content type
# The same by id that was played: albums hold ids, not recordings.
HEARD_RELEASES = """
    select max(track_id) as track_id, release_track_id, sum(plays) as plays,
        sum(heard_ms) as heard_ms
    from {table} group by release_track_id
"""
KNOWN_RELEASES = "select track_id, release_track_id, plays, heard_ms from {table}"


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

    def track_rows(self, sql: str, *params: object, releases: bool = False) -> list[Row]:
        """Rows of `sql`, which may select from `heard`: plays and heard_ms of each track begun."""
        heard, bound = self.heard(releases=releases)
        return self.warehouse.rows(f"with heard as ({heard}) {sql}", [*bound, *params])

    def heard(self, *, releases: bool = False) -> tuple[str, list[object]]:
        """SQL and parameters: track_id, plays and heard_ms of each track begun.

        By `releases`, of each id that was played, with its release_track_id.
        """
        summed = HEARD_RELEASES if releases else HEARD
        if not self._is_everything:
            facts, bound = self.facts(Grain.TRACK)
            return summed.format(table=f"({facts}) as facts"), bound
        where, bound = self.where()
        known = KNOWN_RELEASES if releases else KNOWN
        table = "gold.user_releases" if releases else "gold.user_tracks"
        sql = known if self.is_all_music else summed
        return sql.format(table=f"{table} where {where}"), bound

    @property
    def is_all_music(self) -> bool:
        """Everything, and nothing spoken: one row per artist or album says it too."""
        return self._is_everything and not self.filters.podcasts

    @property
    def _is_everything(self) -> bool:
        """Of all time and every device and source: one row per track says it."""
        filters = self.filters
        is_whole = filters.period == Period() and not (filters.device or filters.source)
        return is_whole and not filters.skips and not self.needs_listens

    def during(self, period: Period) -> "View":
        return replace(self, filters=self.filters.during(period))

    def facts(self, grain: Grain) -> tuple[str, list[object]]:
        """SQL and parameters: local_date, plays, skips, begun (both), heard_ms, the grain's own.

        A play is counted where it began, its time lies where it was heard. With the filter "skips"
        a skip counts as a play; its time is listening time either way.
        """
        where, params = self.where()
        counted = "plays + skips" if self.filters.skips else "plays"
        sql = f"""
            select local_date, {COLUMNS[grain]} device_type, source, content_type,
                {counted} as plays, skips, plays + skips as begun, heard_ms
            from {LISTENS if self.needs_listens else grain.value} as listens where {where}
        """
        return sql, params

    @property
    def needs_listens(self) -> bool:
        """Whether only single plays can answer."""
        return bool(self.filters.min_ms or (self.filters.rules and self.exclusions))

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
