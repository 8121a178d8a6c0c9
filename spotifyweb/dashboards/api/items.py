"""`/api/v1/stats/tracks/<id>`, `artist`, `album`: one item and its history."""

from abc import abstractmethod
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions

from spotifyweb.dashboards.api import serializers
from spotifyweb.dashboards.api.base import NOT_PLAYED, STEP, StatsView, describe
from spotifyweb.dashboards.household.board import plays_by_member
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats import items, top
from spotifyweb.dashboards.stats.items import Item, ItemStats
from spotifyweb.dashboards.stats.trends import requested_buckets
from spotifyweb.dashboards.time_buckets import Buckets


class ItemView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        item = items.resolve(stats_request.listens, self.item())
        about = items.details(stats_request.listens, item)
        if about is None:
            raise exceptions.NotFound(NOT_PLAYED)
        steps = requested_buckets(self.request.query_params, stats_request)
        stats = items.item_stats(stats_request.listens, item, steps)
        summary = stats.summary
        numbers = {name: getattr(summary, name) for name in (*summary.__slots__, "skip_rate")}
        if item.kind != "tracks":  # the names of one of its tracks are not its own
            about |= dict.fromkeys(("track_id", "recording_id", "track_name", "duration_ms"))
        if item.kind == "artists":
            about |= {"album_name": None, "release_date": None}
        return about | numbers | self.lists(stats_request, item, stats, steps)

    def lists(
        self, stats_request: StatsRequest, item: Item, stats: ItemStats, steps: Buckets
    ) -> dict[str, Any]:
        listens = stats_request.listens
        return {
            "place": top.rank_of(listens, item.kind, item.key),
            "share": items.share_of_listening(listens, stats.summary),
            "history": {"step": steps.step, "rows": stats.history},
            "track_list": stats.tracks if item.kind != "tracks" else [],
            "album_list": stats.albums if item.kind == "artists" else [],
            "release_list": stats.releases,
            "together": items.played_together(listens, item),
            "house": plays_by_member(listens, item),
        }

    @abstractmethod
    def item(self) -> Item:
        """Return the item that the address names."""


@describe(serializers.Item, "A track", STEP)
class TrackView(ItemView):
    def item(self) -> Item:
        return Item(kind="tracks", key=(self.kwargs["track_id"],))


@describe(serializers.Item, "An artist", STEP, OpenApiParameter("name", str, required=True))
class ArtistView(ItemView):
    def item(self) -> Item:
        return Item(kind="artists", key=(self.request.query_params.get("name", ""),))


@describe(
    serializers.Item,
    "An album",
    STEP,
    OpenApiParameter("artist", str, required=True),
    OpenApiParameter("name", str, required=True),
)
class AlbumView(ItemView):
    def item(self) -> Item:
        params = self.request.query_params
        return Item(kind="albums", key=(params.get("artist", ""), params.get("name", "")))
