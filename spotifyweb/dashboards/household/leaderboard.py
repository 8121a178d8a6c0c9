"""Statistics of the household: the leaderboard, tracks in common, who plays an item.

Each member's own exclusion rules apply, whoever looks. Of the viewer's filters only the days and
the podcast filter apply, since the others would reveal habits. Tracks and artists are those that
everybody counts, without corrections by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import Filters
from spotifyweb.dashboards.household.members import (
    list_members,
    shareable_filters,
    shared_listens,
    with_public_name,
)
from spotifyweb.dashboards.query import Grain, ListenQuery
from spotifyweb.dashboards.stats.items import KEYS, Item
from spotifyweb.warehouse import Row, placeholders

LEADERBOARD = """
    select user_id, sum(plays) as plays, sum(heard_ms) as heard_ms
    from member_plays group by user_id having sum(member_plays.plays) > 0
    order by heard_ms desc, user_id
"""
BLEND = """
    , together as (
        select track_id, count(*) as listeners, min(plays) as least, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from member_plays where plays > 0 group by track_id having count(*) > 1
    )
    select tracks.track_id, tracks.track_name, tracks.artist_name, tracks.album_name,
        tracks.image_url, tracks.url, together.listeners, together.plays, together.heard_ms
    from together inner join gold.tracks as tracks on tracks.track_id = together.track_id
    order by together.listeners desc, together.least desc, together.plays desc, tracks.track_id
    limit 30
"""
# Their ids are read first: an engine then reads these few rows of each member and no others.
RELEASES = """
    select releases.release_track_id from gold.releases as releases inner join {names} where {is_it}
"""
PLAYERS = """
    select user_id, sum(plays) as plays, sum(heard_ms) as heard_ms
    from member_plays where release_track_id in ({placeholders})
    group by user_id having sum(member_plays.plays) > 0 order by plays desc, heard_ms desc, user_id
"""
# The viewer may know a track or an artist under an id or a name that they corrected.
IS_IT = {
    "track_id": """tracks.track_id = (
        select max(known.track_id) from gold.releases as known where known.release_track_id = ?
    )""",
    "artist_name": """tracks.artist_name = (
        select max(known.artist_name) from gold.artist_names as known
        where known.artist_spelling = ?
    )""",
    "album_name": "tracks.album_name = ?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """The members by user_id, with a query for the plays of each."""

    members: Mapping[str, Listener]
    queries: tuple[ListenQuery, ...]

    def leaderboard(self) -> list[Row]:
        """Return plays and listening time of each member, most first."""
        days = [(listens.user_id, *listens.facts(Grain.DAY)) for listens in self.queries]
        return self._rows(LEADERBOARD, days)

    def blend(self) -> list[Row]:
        """Return tracks that several members play, most shared first."""
        return self._rows(BLEND, self._tracks())

    def who_plays(self, item: Item) -> list[Row]:
        """Return the plays of a track, an artist or an album by member."""
        is_it = " and ".join(IS_IT[name] for name in KEYS[item.kind])
        found = self.queries[0].warehouse.rows(
            RELEASES.format(is_it=is_it, names=item.names("releases")), [*item.key]
        )
        ids = [row["release_track_id"] for row in found]
        if not ids:
            return []
        sql = PLAYERS.format(placeholders=placeholders(ids))
        return self._rows(sql, self._tracks(releases=True), *ids)

    def _tracks(self, *, releases: bool = False) -> list[tuple[str, str, list[object]]]:
        return [
            (listens.user_id, *listens.track_totals(releases=releases)) for listens in self.queries
        ]

    def _rows(
        self, sql: str, parts: list[tuple[str, str, list[object]]], *params: object
    ) -> list[Row]:
        each = " union all ".join(
            f"select cast(? as varchar) as user_id, part.* from ({part}) as part"
            for _, part, _ in parts
        )
        bound = [value for user_id, _, values in parts for value in (user_id, *values)]
        rows = self.queries[0].warehouse.rows(
            f"with member_plays as ({each}) {sql}", [*bound, *params]
        )
        return [with_public_name(row, self.members) for row in rows]


def household_of(listens: ListenQuery, *, of_all_time: bool = False) -> Household:
    """Return the household under the days and podcast filter of a query, or of all time."""
    members = list_members()
    filters = Filters(podcasts="with") if of_all_time else shareable_filters(listens.filters)
    queries = [shared_listens(member, filters, listens.warehouse) for member in members.values()]
    return Household(members=members, queries=tuple(queries))


def plays_by_member(listens: ListenQuery, item: Item) -> list[Row]:
    """Return who of the household plays an item, empty where the listener is not a member."""
    household = household_of(listens, of_all_time=True)
    return household.who_plays(item) if listens.user_id in household.members else []
