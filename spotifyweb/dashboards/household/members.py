"""The house: what listeners who agreed to it see of one another. Leaving takes one's part along.

Each one's numbers are without what their own rules leave out, whoever looks. Of the looker's
filters only those count that say nothing of another's habits: the days, and music or podcasts.
Tracks and artists are those that everybody counts, whatever one of them joined or split by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.crypto import salted_hmac

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import Filters
from spotifyweb.dashboards.models import Housemate
from spotifyweb.dashboards.query import Grain, Naming, View
from spotifyweb.dashboards.request import exclusions_of
from spotifyweb.dashboards.stats.items import COLUMNS, Item
from spotifyweb.warehouse import Row, Warehouse

BOARD = """
    select user_id, sum(plays) as plays, sum(heard_ms) as heard_ms
    from each_of group by user_id having sum(plays) > 0 order by heard_ms desc, user_id
"""
BLEND = """
    , together as (
        select track_id, count(*) as listeners, min(plays) as least, sum(plays) as plays,
            sum(heard_ms) as heard_ms
        from each_of where plays > 0 group by track_id having count(*) > 1
    )
    select tracks.track_id, tracks.track_name, tracks.artist_name, tracks.album_name,
        tracks.image_url, tracks.url, together.listeners, together.plays, together.heard_ms
    from together inner join gold.tracks as tracks on tracks.track_id = together.track_id
    order by together.listeners desc, together.least desc, together.plays desc, tracks.track_id
    limit 30
"""
WHO = """
    select each_of.user_id, sum(each_of.plays) as plays, sum(each_of.heard_ms) as heard_ms
    from each_of inner join {names}
    where {is_it}
    group by each_of.user_id having sum(each_of.plays) > 0
    order by plays desc, heard_ms desc, each_of.user_id
"""


# The looker may know a track or an artist under an id or a name of their own making.
IS_IT = {
    "track_id": """tracks.track_id = (
        select max(known.track_id) from gold.releases as known where known.release_track_id = ?
    )""",
    "artist_name": """tracks.artist_name = (
        select max(known.artist_name) from silver.silver_artists as known
        where known.artist_spelling = ?
    )""",
    "album_name": "tracks.album_name = ?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Those who agreed and are still allowed here, by user_id, as one of them looks at it."""

    mates: Mapping[str, Listener]
    views: tuple[View, ...]

    def leaderboard(self) -> list[Row]:
        """Who of them heard how much, the most first."""
        days = [(view.user_id, *view.facts(Grain.DAY)) for view in self.views]
        return self._rows(BOARD, days)

    def blend(self) -> list[Row]:
        """Tracks that several of them play, those that all of them play much first."""
        return self._rows(BLEND, self._tracks())

    def who_plays(self, item: Item) -> list[Row]:
        """Of a track, an artist or an album: each one's plays."""
        is_it = " and ".join(IS_IT[name] for name in COLUMNS[item.kind])
        sql = WHO.format(is_it=is_it, names=item.names("each_of"))
        return self._rows(sql, self._tracks(releases=True), *item.key)

    def _tracks(self, *, releases: bool = False) -> list[tuple[str, str, list[object]]]:
        return [(view.user_id, *view.heard(releases=releases)) for view in self.views]

    def _rows(
        self, sql: str, parts: list[tuple[str, str, list[object]]], *params: object
    ) -> list[Row]:
        each = " union all ".join(
            f"select cast(? as varchar) as user_id, part.* from ({part}) as part"
            for _, part, _ in parts
        )
        bound = [value for user_id, _, values in parts for value in (user_id, *values)]
        rows = self.views[0].warehouse.rows(f"with each_of as ({each}) {sql}", [*bound, *params])
        return [named(row, self.mates) for row in rows]


def seen_by(view: View, *, of_all_time: bool = False) -> House:
    """The house under the days of that view; or all that it ever heard, spoken or sung."""
    mates = members()
    filters = Filters(podcasts="with") if of_all_time else neutral(view.filters)
    views = [view_of(mate, filters, view.warehouse) for mate in mates.values()]
    return House(mates=mates, views=tuple(views))


def view_of(mate: Listener, filters: Filters, warehouse: Warehouse) -> View:
    """What a housemate lets the others see."""
    return View(
        warehouse=warehouse,
        user_id=mate.user_id,
        filters=filters,
        exclusions=exclusions_of(mate),
        naming=Naming.SHARED if mate.corrections.exists() else Naming.BUILT,
    )


def neutral(filters: Filters) -> Filters:
    """The filters that may be laid upon somebody else's listening; their rules always hold."""
    return Filters(range=filters.range, period=filters.period, podcasts=filters.podcasts)


def join(listener: Listener, *, now: datetime) -> None:
    Housemate.objects.get_or_create(listener=listener, defaults={"joined_at": now})


def leave(listener: Listener) -> None:
    Housemate.objects.filter(listener=listener).delete()


def is_member(listener: Listener) -> bool:
    return Housemate.objects.filter(listener=listener).exists()


def members() -> dict[str, Listener]:
    """Those who agreed and are still allowed here, by user_id."""
    found = Listener.objects.filter(housemate__isnull=False, is_active=True).order_by("user_id")
    return {listener.user_id: listener for listener in found}


def handle(listener: Listener) -> str:
    """What the others call them in addresses and answers: it says nothing of their account."""
    return salted_hmac("house", listener.user_id).hexdigest()[:12]


def name_of(listener: Listener) -> str:
    return listener.display_name or f"Listener {handle(listener)[:4]}"


def named(row: Row, mates: Mapping[str, Listener]) -> Row:
    """A row of somebody's with how they are called in place of their account."""
    if "user_id" not in row:
        return row
    mate = mates[row["user_id"]]
    rest = {name: value for name, value in row.items() if name != "user_id"}
    return {"handle": handle(mate), "name": name_of(mate), **rest}
