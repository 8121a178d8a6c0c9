"""`/api/v1/stats/links`: share links and how often they were opened."""

from typing import Any

from rest_framework import serializers

from spotifyweb.dashboards.api.base import StatsView, describe
from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.request import StatsRequest


class ShareLinkStats(serializers.Serializer[object]):
    title = serializers.CharField()
    pages = serializers.ListField(child=serializers.CharField())
    views = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class ShareLinks(serializers.Serializer[object]):
    links = ShareLinkStats(many=True)


@describe(ShareLinks, "Your share links and their views, without their addresses")
class ShareLinksView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        return {"links": ShareLink.objects.filter(listener=stats_request.listener)}
