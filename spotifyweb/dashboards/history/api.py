"""`/api/v1/history`: every play, newest first, by cursor."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import exceptions, serializers

from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.api.base import StatsView, describe
from spotifyweb.dashboards.api.parameters import day, integer, text
from spotifyweb.dashboards.api.serializers import Play
from spotifyweb.dashboards.history import queries
from spotifyweb.dashboards.history.cursor import Cursor, Position
from spotifyweb.dashboards.history.selection import read_selection
from spotifyweb.dashboards.request import StatsRequest

MAX_LIMIT = 500


class HistoryPlay(Play):
    event_type = serializers.ChoiceField(choices=["play", "skip"])
    local_date = serializers.DateField(help_text="the day on which it started")
    content_type = serializers.CharField(help_text="track, episode or chapter")


class HistoryPlays(serializers.Serializer[object]):
    results = HistoryPlay(many=True)
    older = serializers.CharField(allow_null=True, help_text="`before` of the next page")
    newer = serializers.CharField(allow_null=True, help_text="`after` of the previous page")


@describe(
    HistoryPlays,
    "Listening history, newest first",
    before=text("cursor: plays older than this one"),
    after=text("cursor: plays newer than this one"),
    on=day("plays that started up to this day"),
    at=serializers.TimeField(
        required=False, help_text="time of that day up to which plays started, such as 12:00"
    ),
    q=text("part of a track, artist or album name"),
    track=text("a track's id"),
    artist=text("an artist's name"),
    album=text("an album's name, together with `artist`"),
    limit=integer(1, MAX_LIMIT, f"{queries.PAGE_SIZE} by default, {MAX_LIMIT} at most"),
)
class HistoryView(StatsView):
    def read(self, stats_request: StatsRequest) -> Any:
        query = self.query
        for name in ("before", "after"):
            if query.get(name) and Cursor.parse(query[name]) is None:
                raise exceptions.ValidationError(
                    {name: [gettext("Not a cursor. Use `older` or `newer` of an earlier answer.")]}
                )
        page = queries.read_page(
            read_selection(stats_request, query),
            Position.read(query),
            size=int(query.get("limit") or queries.PAGE_SIZE),
        )
        plays = pending_erasure.without_pending_erasure(stats_request.listener, page.plays)
        return {"results": plays, "older": page.older, "newer": page.newer}
