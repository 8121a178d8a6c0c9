"""`/api/v1/stats/house`: the household's leaderboard and tracks in common."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import exceptions, serializers

from spotifyweb.dashboards.api.base import StatsView, describe
from spotifyweb.dashboards.api.serializers import CountedItem, LeaderboardEntry
from spotifyweb.dashboards.household.leaderboard import household_of
from spotifyweb.dashboards.request import StatsRequest


class BlendTrack(CountedItem):
    listeners = serializers.IntegerField()


class HouseholdStats(serializers.Serializer[object]):
    leaderboard = LeaderboardEntry(many=True)
    blend = BlendTrack(many=True)


@describe(HouseholdStats, "Leaderboard and Blend of the household")
class HouseholdView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        household = household_of(stats_request.listens)
        if stats_request.listener.user_id not in household.members:
            raise exceptions.NotFound(gettext("You have not joined the household."))
        return {"leaderboard": household.leaderboard(), "blend": household.blend()}
