"""`/api/v1/merged` and `/api/v1/separations`: the evidence, and what its listener says to it."""

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import ApiToken
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.api.base import PAGE
from spotifyweb.dashboards.duplicates import observations, separations
from spotifyweb.dashboards.duplicates.separations import State
from spotifyweb.dashboards.pagination import Page
from spotifyweb.warehouse import NothingPublished

SIZE = 50
KEPT = "3f0c9b52-8d5e-5a53-9d5c-0c5f0f0a1b2c"
OTHER = "9a6d1f0e-2b7c-5f41-8a3e-6f1d2c3b4a59"
REFUSED = "These two are not told of one play of yours."


class Telling(serializers.Serializer[Any]):
    event_id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF keeps one of its own
    played_at = serializers.DateTimeField(help_text="when it ended")
    ms_played = serializers.IntegerField(allow_null=True)
    device_type = serializers.CharField(allow_null=True)


class MatchedTelling(Telling):
    event_id = serializers.CharField(source="telling_id")
    matched_by = serializers.CharField(help_text="`kept`, or why it is the same as that one")


class MergedPlay(serializers.Serializer[Any]):
    event_id = serializers.CharField(source="play.event_id")
    track_id = serializers.CharField(source="play.track_id")
    track_name = serializers.CharField(source="play.track_name", allow_null=True)
    artist_name = serializers.CharField(source="play.artist_name", allow_null=True)
    local_at = serializers.DateTimeField(source="play.local_at")
    tellings = MatchedTelling(many=True, help_text="the one that is kept comes first")


class MergedPlays(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="plays told of more than once")
    tellings = serializers.IntegerField(help_text="that another one stands for")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = MergedPlay(many=True)


class Decision(serializers.Serializer[Any]):
    id = serializers.IntegerField(
        source="separation.pk", default=None, allow_null=True, help_text="null once taken back"
    )
    event_ids = serializers.ListField(child=serializers.CharField(), source="pair")
    state = serializers.ChoiceField(
        choices=[state.value for state in State],
        help_text="`waiting` for the next build, `applied`, `ending` with the next build, or `gone`"
        " with one of its events",
    )
    decided_at = serializers.DateTimeField(
        source="separation.decided_at", default=None, allow_null=True
    )
    tellings = Telling(many=True)


class Decisions(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = Decision(many=True)


class TwoEvents(serializers.Serializer[Any]):
    event_ids = serializers.ListField(
        child=serializers.CharField(max_length=64), min_length=2, max_length=2
    )


class Refusal(serializers.Serializer[Any]):
    detail = serializers.CharField()


TOLD = {
    "event_id": KEPT,
    "source": "extended_history",
    "played_at": "2026-11-21T19:03:11Z",
    "ms_played": 198000,
    "device_type": None,
}
DECIDED = OpenApiExample(
    "two plays",
    response_only=True,
    status_codes=["201"],
    value={
        "id": 7,
        "event_ids": [KEPT, OTHER],
        "state": "waiting",
        "decided_at": "2026-11-22T20:15:00Z",
        "tellings": [
            TOLD,
            {**TOLD, "event_id": OTHER, "source": "recently_played", "ms_played": None},
        ],
    },
)
ASKED = OpenApiExample("these were two", value={"event_ids": [KEPT, OTHER]}, request_only=True)


class PartingView(APIView):
    """Read with `read:stats`, write with `write:corrections`."""

    scopes: ClassVar[dict[str, str]] = {
        method: str(ApiToken.Scope.CORRECT) for method in ("POST", "DELETE")
    }

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, NothingPublished):
            exc = exceptions.NotFound("No plays of yours are in the warehouse yet.")
        return super().handle_exception(exc)


class MergedView(PartingView):
    @extend_schema(
        summary="Plays that were told of more than once, with the evidence",
        tags=["merged plays"],
        parameters=[PAGE],
        responses={200: MergedPlays, 404: Refusal, 503: Refusal},
    )
    def get(self, request: Request) -> Response:
        listener, warehouse = listener_of(request._request), clients.warehouse()
        user_id = listener.user_id
        page = Page.read(request.query_params, size=SIZE)
        page = page.of(observations.plays(warehouse, user_id))
        plays = observations.merged(warehouse, user_id, limit=page.size, offset=page.offset)
        found = {
            "count": page.total,
            "tellings": observations.count(warehouse, user_id),
            "page": page.number,
            "pages": page.last,
            "results": pending_erasure.merged(listener, plays),
        }
        return Response(MergedPlays(found).data)


class SeparationsView(PartingView):
    @extend_schema(
        summary="What you said were two plays, the newest first",
        tags=["merged plays"],
        parameters=[PAGE],
        responses={200: Decisions, 404: Refusal, 503: Refusal},
    )
    def get(self, request: Request) -> Response:
        listener, warehouse = listener_of(request._request), clients.warehouse()
        decisions = separations.everything(listener, warehouse)
        page = Page.read(request.query_params, size=SIZE).of(len(decisions))
        chosen = decisions[page.offset : page.offset + page.size]
        results = list(separations.shown(listener, warehouse, chosen))
        found = {"count": page.total, "page": page.number, "pages": page.last, "results": results}
        return Response(Decisions(found).data)

    @extend_schema(
        summary="Say that two events, now merged, were two plays; the next build parts them",
        tags=["merged plays"],
        request=TwoEvents,
        examples=[ASKED, DECIDED],
        responses={201: Decision, 400: OpenApiResponse(Refusal, REFUSED), 503: Refusal},
    )
    def post(self, request: Request) -> Response:
        asked = TwoEvents(data=request.data)
        asked.is_valid(raise_exception=True)
        listener, warehouse = listener_of(request._request), clients.warehouse()
        try:
            pair = separations.separate(
                listener, asked.validated_data["event_ids"], warehouse=warehouse, now=timezone.now()
            )
        except separations.NotOnePlay:
            raise exceptions.ValidationError({"detail": REFUSED}) from None
        return Response(
            Decision(separations.one(listener, warehouse, pair)).data,
            status=status.HTTP_201_CREATED,
        )


class SeparationView(PartingView):
    @extend_schema(
        summary="Take it back: the next build merges them again",
        tags=["merged plays"],
        responses={204: None, 404: OpenApiResponse(Refusal, "no decision of yours")},
    )
    def delete(self, request: Request, separation_id: int) -> Response:
        if not separations.rejoin(listener_of(request._request), separation_id=separation_id):
            raise exceptions.NotFound("There is no such decision of yours.")
        return Response(status=status.HTTP_204_NO_CONTENT)
