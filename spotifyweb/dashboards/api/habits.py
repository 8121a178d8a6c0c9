"""`/api/v1/stats/habits`, `/api/v1/stats/artist/ranks`: habits, and an artist's rank over time."""

from typing import Any

from rest_framework import exceptions, serializers

from spotifyweb.dashboards.api.base import NOT_PLAYED, LocalTimeField, StatsView, describe
from spotifyweb.dashboards.api.parameters import text
from spotifyweb.dashboards.request import StatsRequest
from spotifyweb.dashboards.stats import habits, items, overview, top
from spotifyweb.dashboards.stats.items import Item
from spotifyweb.dashboards.stats.trends import drawn_buckets


class HourOfDay(serializers.Serializer[object]):
    hour = serializers.IntegerField(help_text="0 to 23, in the listener's time zone")
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class ListeningSession(serializers.Serializer[object]):
    local_at = LocalTimeField(help_text="start in the listener's time zone")
    length_ms = serializers.IntegerField(help_text="from its start to its end")
    plays = serializers.IntegerField()
    track_id = serializers.CharField(allow_null=True, help_text="of the first track")
    track_name = serializers.CharField(allow_null=True)
    artist_name = serializers.CharField(allow_null=True)


class Decade(serializers.Serializer[object]):
    decade = serializers.IntegerField(help_text="1990 for 1990 to 1999")
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Habits(serializers.Serializer[object]):
    hours = HourOfDay(many=True)
    sessions = ListeningSession(
        many=True, help_text="the ten longest; a session ends after 30 minutes of silence"
    )
    decades = Decade(many=True, help_text="plays with a known release date only")
    as_of = serializers.DateTimeField(allow_null=True)


class ArtistRank(serializers.Serializer[object]):
    bucket = serializers.DateField(help_text="first day of the step")
    place = serializers.IntegerField(allow_null=True, help_text="null without plays")


class ArtistRanks(serializers.Serializer[object]):
    artist_name = serializers.CharField()
    step = serializers.CharField(help_text="week or month")
    rows = ArtistRank(many=True)


@describe(Habits, "Hours of the day, longest sessions and release decades")
class HabitsView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        listens = stats_request.listens
        return {
            "hours": habits.hours_of_day(listens),
            "sessions": habits.longest_sessions(listens),
            "decades": habits.release_decades(listens),
            "as_of": overview.build_as_of(listens.warehouse),
        }


@describe(
    ArtistRanks,
    "An artist's rank per month, or per week of a short period",
    name=text(required=True),
)
class ArtistRanksView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        listens = stats_request.listens
        name = self.query.get("name", "")
        item = items.resolve(listens, Item(kind="artists", key=(name,)))
        if items.details(listens, item) is None:
            raise exceptions.NotFound(NOT_PLAYED)
        [artist_name] = item.key
        buckets = top.rank_buckets(listens, drawn_buckets({}, stats_request))
        ranks = top.artist_ranks(listens, artist_name, buckets)
        rows = [
            {"bucket": day, "place": place} for day, place in zip(buckets.dates, ranks, strict=True)
        ]
        return {"artist_name": artist_name, "step": buckets.step, "rows": rows}
