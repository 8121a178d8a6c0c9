"""`/api/v1/stats/coverage`: periods in which plays may be missing."""

from typing import Any

from rest_framework import serializers

from spotifyweb.dashboards.api.base import StatsView, describe
from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.coverage.sources import source_bars
from spotifyweb.dashboards.request import StatsRequest


class Gap(serializers.Serializer[object]):
    starts_at = serializers.DateTimeField(help_text="Spotify's launch before the first play")
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=["known", "possible", "filled"])
    is_filled = serializers.BooleanField()


class CoveredSource(serializers.Serializer[object]):
    source = serializers.CharField()  # type: ignore[assignment]
    first = serializers.DateTimeField()
    last = serializers.DateTimeField()


class Coverage(serializers.Serializer[object]):
    known = serializers.IntegerField()
    possible = serializers.IntegerField()
    filled = serializers.IntegerField()
    gaps = Gap(many=True, help_text="the newest 500")
    sources = CoveredSource(many=True)


@describe(Coverage, "Periods in which plays may be missing")
class CoverageView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        listener = stats_request.listener
        return {
            **{str(state): 0 for state in gaps.State},
            **gaps.counts(listener),
            "gaps": gaps.gaps(listener),
            "sources": source_bars(listener, stats_request.listens.warehouse),
        }
