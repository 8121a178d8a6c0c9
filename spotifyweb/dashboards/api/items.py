"""`/api/v1/stats/tracks/<id>`, `artist`, `album`: one item and its history."""

from abc import abstractmethod
from typing import Any

from rest_framework import exceptions, serializers

from spotifyweb.dashboards.api.base import NOT_PLAYED, StatsView, describe
from spotifyweb.dashboards.api.parameters import STEP, text
from spotifyweb.dashboards.api.serializers import CountedItem, LeaderboardEntry
from spotifyweb.dashboards.household.leaderboard import plays_by_member
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats import items, top
from spotifyweb.dashboards.stats.trends import requested_buckets
from spotifyweb.dashboards.time_buckets import Buckets


class RelatedTrack(serializers.Serializer[object]):
    track_id = serializers.CharField(required=False)
    track_name = serializers.CharField(required=False, allow_null=True)
    artist_name = serializers.CharField(required=False, allow_null=True)
    album_name = serializers.CharField(required=False, allow_null=True)
    sittings = serializers.IntegerField()


class HistoryStep(serializers.Serializer[object]):
    bucket = serializers.DateField(help_text="first day of the step")
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class History(serializers.Serializer[object]):
    step = serializers.ChoiceField(choices=["day", "week", "month"])
    rows = HistoryStep(many=True)


class Release(serializers.Serializer[object]):
    release_track_id = serializers.CharField(help_text="one of the recording's IDs")
    track_name = serializers.CharField(allow_null=True)
    album_name = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Item(serializers.Serializer[object]):
    track_id = serializers.CharField(allow_null=True, help_text="of a track: the ID of its plays")
    recording_id = serializers.CharField(allow_null=True, help_text="of a track")
    track_name = serializers.CharField(allow_null=True)
    artist_name = serializers.CharField(allow_null=True)
    album_name = serializers.CharField(allow_null=True)
    duration_ms = serializers.IntegerField(allow_null=True, help_text="of a track")
    release_date = serializers.CharField(allow_null=True, help_text="of an album")
    place = serializers.IntegerField(allow_null=True)
    share = serializers.FloatField(allow_null=True, help_text="of the listening time, 0 to 1")
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    begun = serializers.IntegerField(help_text="plays and skips")
    skip_rate = serializers.FloatField(allow_null=True)
    heard_ms = serializers.IntegerField()
    days = serializers.IntegerField()
    tracks = serializers.IntegerField()
    first_date = serializers.DateField(allow_null=True)
    last_date = serializers.DateField(allow_null=True)
    history = History()
    track_list = CountedItem(many=True, help_text="the 50 most played of an artist or album")
    album_list = CountedItem(many=True, help_text="the 20 most played of an artist")
    release_list = Release(many=True, help_text="the IDs under which the track was played")
    together = RelatedTrack(many=True, help_text="played in the same sessions, all time")
    house = LeaderboardEntry(many=True, help_text="household members who played it, all time")


class ItemView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        item = items.resolve(stats_request.listens, self.item())
        about = items.details(stats_request.listens, item)
        if about is None:
            raise exceptions.NotFound(NOT_PLAYED)
        steps = requested_buckets(self.query, stats_request)
        stats = items.item_stats(stats_request.listens, item, steps)
        summary = stats.summary
        numbers = {name: getattr(summary, name) for name in (*summary.__slots__, "skip_rate")}
        if item.kind != "tracks":  # the names of one of its tracks are not its own
            about |= dict.fromkeys(("track_id", "recording_id", "track_name", "duration_ms"))
        if item.kind == "artists":
            about |= {"album_name": None, "release_date": None}
        return about | numbers | self.lists(stats_request, item, stats, steps)

    def lists(
        self, stats_request: StatsRequest, item: items.Item, stats: items.ItemStats, steps: Buckets
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
    def item(self) -> items.Item:
        """Return the item that the address names."""


@describe(Item, "A track", step=STEP)
class TrackView(ItemView):
    def item(self) -> items.Item:
        return items.Item(kind="tracks", key=(self.kwargs["track_id"],))


@describe(Item, "An artist", step=STEP, name=text(required=True))
class ArtistView(ItemView):
    def item(self) -> items.Item:
        return items.Item(kind="artists", key=(self.query.get("name", ""),))


@describe(
    Item,
    "An album",
    step=STEP,
    artist=text(required=True),
    name=text(required=True),
)
class AlbumView(ItemView):
    def item(self) -> items.Item:
        params = self.query
        return items.Item(kind="albums", key=(params.get("artist", ""), params.get("name", "")))
