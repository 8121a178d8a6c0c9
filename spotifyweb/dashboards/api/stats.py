"""`/api/v1/stats/…`: each number that a page shows, under the same filters."""

from abc import abstractmethod
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from spotifyweb import bounds
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.api import serializers
from spotifyweb.dashboards.api.base import BY, PAGE, STEP, StatsView, described
from spotifyweb.dashboards.filters import one_of
from spotifyweb.dashboards.pagination import Page
from spotifyweb.dashboards.request import Asked
from spotifyweb.dashboards.stats import items, overview, top, trends
from spotifyweb.dashboards.stats.items import Item, Story
from spotifyweb.dashboards.time_buckets import Buckets
from spotifyweb.dashboards.views.items import in_the_house
from spotifyweb.dashboards.views.overview import changes, chart_period, streaks
from spotifyweb.dashboards.views.trends import cut


class OverviewView(StatsView):
    answer_class = serializers.Overview

    @described(serializers.Overview, "Totals, change and streaks")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        days = overview.days(asked.view)
        drawn = chart_period(asked, days)
        last = overview.Totals.of(overview.within(days, drawn))
        return {
            "totals": overview.Totals.of(days),
            "last_days": {
                "first": drawn.first,
                "last": drawn.last,
                "plays": last.plays,
                "heard_ms": last.heard_ms,
            },
            "unique": overview.unique(asked.view),
            "streaks": streaks(asked, days),
            "changes": changes(asked, days),
            "as_of": overview.newest_at(asked.view.warehouse),
        }


class OverTimeView(StatsView):
    answer_class = serializers.OverTime

    @described(serializers.OverTime, "Plays and time per day, week or month", STEP)
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        steps = cut(request.query_params, asked)
        rows = trends.over_time(asked.view, steps)
        return {"step": steps.step, "note": steps.note, "rows": rows}


class DiscoveryView(StatsView):
    answer_class = serializers.Discovery

    @described(serializers.Discovery, "New and known tracks per step", STEP)
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        steps = cut(request.query_params, asked)
        return {"step": steps.step, "rows": trends.discovery(asked.view, steps)}


class DevicesView(StatsView):
    answer_class = serializers.Devices

    @described(serializers.Devices, "Listening time by device type per step", STEP)
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        steps = cut(request.query_params, asked)
        lines = trends.devices(asked.view, steps)
        return {
            "step": steps.step,
            "buckets": steps.dates,
            "devices": [{"device_type": name, "heard_ms": line} for name, line in lines.items()],
        }


class ClockView(StatsView):
    answer_class = serializers.Clock

    @described(serializers.Clock, "The hours of the week")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        cells = [cell for row in trends.clock(asked.view) for cell in row]
        return {"hours": cells, "overlap": trends.overlap(asked.view)}


class TopView(StatsView):
    answer_class = serializers.Ranking
    kind_parameter = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(top.KINDS))

    @described(serializers.Ranking, "What was heard most", kind_parameter, BY, PAGE)
    def get(self, request: Request, kind: str) -> Response:
        if kind not in top.KINDS:
            raise exceptions.NotFound(f"There are {', '.join(top.KINDS)}.")
        return self.respond(request, kind=kind)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:
        by = one_of(request.query_params.get("by", ""), top.ORDERS, "plays")
        page = Page.read(request.query_params, size=50)
        found = top.ranking(asked.view, kwargs["kind"], by=by, limit=page.size, offset=page.offset)
        page = page.of(found.found)
        return {
            "count": found.found,
            "page": page.number,
            "pages": page.last,
            "results": found.rows,
        }


class RecentView(StatsView):
    answer_class = serializers.Recent

    @described(
        serializers.Recent,
        "The last plays",
        OpenApiParameter("limit", int, description="50 unless told, 500 at most"),
    )
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        limit = bounds.parse_integer(request.query_params.get("limit", ""))
        count = limit if limit is not None and 0 <= limit < 10_000 else 50
        recent = overview.recent(asked.view, limit=count)
        return {"results": pending_erasure.kept(asked.listener, recent)}


class ItemView(StatsView):
    answer_class = serializers.Item

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:
        item = items.found(asked.view, self.item(request, **kwargs))
        about = items.about(asked.view, item)
        if about is None:
            raise exceptions.NotFound("You never heard that.")
        steps = cut(request.query_params, asked)
        story = items.story(asked.view, item, steps)
        summary = story.summary
        numbers = {name: getattr(summary, name) for name in (*summary.__slots__, "skip_rate")}
        if item.kind != "tracks":  # one of its tracks' names says nothing of it
            about |= dict.fromkeys(("track_id", "recording_id", "track_name", "duration_ms"))
        if item.kind == "artists":
            about |= {"album_name": None, "release_date": None}
        return about | numbers | self.lists(asked, item, story, steps)

    def lists(self, asked: Asked, item: Item, story: Story, steps: Buckets) -> dict[str, Any]:
        view = asked.view
        return {
            "place": top.place_of(view, item.kind, item.key),
            "history": {"step": steps.step, "rows": story.history},
            "track_list": story.tracks if item.kind != "tracks" else [],
            "album_list": story.albums if item.kind == "artists" else [],
            "release_list": story.releases,
            "together": items.together(view, item),
            "house": in_the_house(asked, item),
        }

    @abstractmethod
    def item(self, request: Request, **kwargs: str) -> Item:
        """Which one the address names."""


class TrackView(ItemView):
    @described(serializers.Item, "One track", STEP)
    def get(self, request: Request, track_id: str) -> Response:
        return self.respond(request, track_id=track_id)

    def item(self, request: Request, **kwargs: str) -> Item:  # noqa: ARG002
        return Item(kind="tracks", key=(kwargs["track_id"],))


class ArtistView(ItemView):
    @described(serializers.Item, "One artist", STEP, OpenApiParameter("name", str, required=True))
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def item(self, request: Request, **kwargs: str) -> Item:  # noqa: ARG002
        return Item(kind="artists", key=(request.query_params.get("name", ""),))


class AlbumView(ItemView):
    @described(
        serializers.Item,
        "One album",
        STEP,
        OpenApiParameter("artist", str, required=True),
        OpenApiParameter("name", str, required=True),
    )
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def item(self, request: Request, **kwargs: str) -> Item:  # noqa: ARG002
        params = request.query_params
        return Item(kind="albums", key=(params.get("artist", ""), params.get("name", "")))
