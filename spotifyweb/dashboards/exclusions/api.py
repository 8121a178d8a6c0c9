"""`/api/v1/stats/rules`: exclusion rules and how many plays each leaves out."""

from typing import Any

from rest_framework import serializers

from spotifyweb.dashboards.api.base import StatsView, describe
from spotifyweb.dashboards.exclusions.counts import count_excluded
from spotifyweb.dashboards.exclusions.tracks import labels
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.dashboards.request import StatsRequest


class ExclusionRuleCount(serializers.Serializer[object]):
    kind = serializers.CharField()
    value = serializers.CharField(help_text="a name, an id of a track, or hours")
    name = serializers.CharField(help_text="what it hides; of a track “Track – Artist”")
    is_on = serializers.BooleanField()
    plays = serializers.IntegerField(help_text="plays it hides")


class ExclusionRules(serializers.Serializer[object]):
    rules = ExclusionRuleCount(many=True)


@describe(ExclusionRules, "Your exclusions and how many plays each hides")
class ExclusionRulesView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        rules = list(ExclusionRule.objects.filter(listener=stats_request.listener))
        counts = count_excluded(
            stats_request.listens.warehouse, stats_request.listens.user_id, rules
        )
        names = labels(stats_request.listens.warehouse, (rule.exclusion for rule in rules))
        return {
            "rules": [
                {
                    "kind": rule.kind,
                    "value": rule.value,
                    "name": name,
                    "is_on": rule.is_on,
                    "plays": plays,
                }
                for rule, name, plays in zip(rules, names, counts, strict=True)
            ]
        }
