"""`/api/v1/recommendations`: answers as ready bytes, feedback, and errors with a hint."""

from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recommendations import cache, feedback, recommend, serializers
from recommendations.throttling import CountedThrottle
from spotifyweb import clients
from spotifyweb.accounts.api_tokens import ApiError
from spotifyweb.accounts.models import ApiToken, Listener
from spotifyweb.eventlog import LogError
from spotifyweb.monitoring import upgrade
from spotifyweb.warehouse import NothingPublished, WarehouseError

RETRY_SECONDS = 60
WAREHOUSE_UNAVAILABLE = _("Recommendations are unavailable. Try again, or run `manage.py doctor`.")
NO_BUILD = _("No build has been published yet. Run `manage.py transform`, or wait.")
EXAMPLE = OpenApiExample(
    "What comes next",
    response_only=True,
    status_codes=["200"],
    value={
        "track_id": "4uLU6hMCjMI75M1A2tKUQC",
        "track_name": "Lantern Street",
        "artist_name": "The Paper Tigers",
        "recommendations": [
            {
                "track_id": "7ouMYWpwJ422jRcDASZB7P",
                "track_name": "Second Lantern",
                "artist_name": "The Paper Tigers",
                "recommendation_score": 41.27,
                "reason": "Often right after Lantern Street in the evening (14 times)",
                "cooccurrence_score": 0.44,
                "artist_affinity": 88.5,
                "image_url": "https://i.scdn.co/image/ab67616d00001e020123456789abcdef01234567",
                "thumbnail_url": "https://i.scdn.co/image/ab67616d000048510123456789abcdef01234567",
            }
        ],
        "strategy": "transitions",
        "generated_at": "2026-11-22T20:15:00Z",
        "built_at": "2026-11-22T20:10:00Z",
        "cache_hit": False,
    },
)
ERRORS = {400: ApiError, 429: ApiError, 503: ApiError}


class NotReady(exceptions.APIException):
    """No build, or a warehouse that does not answer."""

    status_code = 503
    default_code = "not_ready"


class EventLogUnavailable(exceptions.APIException):
    status_code = 503
    default_detail = _("Nothing can be saved at the moment. Try again in a minute.")


class RecommendationView(APIView):
    """Common to all: who asks, how often, and what to say when there is no warehouse."""

    throttle_classes = [CountedThrottle]
    scope = str(ApiToken.Scope.RECOMMENDATIONS)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, NothingPublished):
            exc = NotReady(NO_BUILD)
        elif isinstance(exc, WarehouseError):
            waiting = upgrade.pending_rebuild(exc)
            exc = NotReady(waiting.sentence if waiting else WAREHOUSE_UNAVAILABLE)
        response = super().handle_exception(exc)
        if response.status_code == 503:
            response["Retry-After"] = str(RETRY_SECONDS)
        return response

    def listener(self, request: Request) -> Listener:
        assert isinstance(request.user, Listener)
        return request.user

    def stored_response(
        self, request: Request, key: str, compute: Callable[[], dict[str, Any]], *, stamp: bytes
    ) -> HttpResponse:
        """Return the stored bytes, or fresh ones. `cache_hit` is true only for the former."""
        body, hit = cache.get_or_compute(key, lambda: orjson.dumps(compute()), stamp=stamp)
        cache.answer_served.send(type(self), request=request)
        if hit:
            body = body.replace(cache.MISS, cache.HIT)
        return HttpResponse(body, content_type="application/json")


def validate_track_id(text: str) -> str:
    if not serializers.is_track_id(text):
        refusal = gettext("%(text)r is no id.") % {"text": text[:60]}
        raise exceptions.ValidationError({"detail": f"{refusal} {serializers.SHAPE}"})
    return text


def validate(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class NextView(RecommendationView):
    """Tracks to play after this one, by your past sessions, the current one and your feedback."""

    @extend_schema(
        operation_id="recommendations_next",
        summary="Tracks to play after a track",
        description="By your past sessions, the current one and your feedback.",
        parameters=[serializers.NextQuery],
        responses={200: serializers.NextTracks, **ERRORS},
        examples=[EXAMPLE],
    )
    def get(self, request: Request, track_id: str) -> HttpResponse:
        asked = validate(serializers.NextQuery(data=request.query_params))
        question = recommend.next_request(validate_track_id(track_id), asked)
        listener, now = self.listener(request), timezone.now()
        return self.stored_response(
            request,
            recommend.next_key(question, user_id=listener.user_id, build_id=recommend.build_id()),
            lambda: recommend.next_answer(question, listener, now=now),
            stamp=recommend.next_stamp(user_id=listener.user_id),
        )


class ListsView(RecommendationView):
    """Up to 50 tracks in four lists: new, from your household, saved or skipped, to rediscover."""

    @extend_schema(
        operation_id="recommendations_lists",
        summary="Up to 50 tracks in four lists",
        description="New to you, from your household, saved or skipped, and to rediscover.",
        parameters=[serializers.ListsQuery],
        responses={200: serializers.RecommendationLists, **ERRORS},
    )
    def get(self, request: Request) -> HttpResponse:
        asked = validate(serializers.ListsQuery(data=request.query_params))
        listener, now = self.listener(request), timezone.now()
        return self.stored_response(
            request,
            recommend.lists_key(asked, user_id=listener.user_id, build_id=recommend.build_id()),
            lambda: recommend.lists_answer(asked, listener, now=now),
            stamp=cache.current_stamp(listener.user_id),
        )


class FeedbackView(RecommendationView):
    """Rate a track up or down, mark it as known, or hide it, for some days or for good."""

    scope = str(ApiToken.Scope.FEEDBACK)

    @extend_schema(
        operation_id="recommendations_feedback_give",
        summary="Rate a track up or down, mark it as known, or hide it",
        description="It applies for the days that you give, or until you change it.",
        request=serializers.NewFeedback,
        responses={200: serializers.StoredFeedback, **ERRORS},
    )
    def post(self, request: Request, track_id: str) -> Response:
        given = validate(serializers.NewFeedback(data=request.data))
        subject = recommend.subject(validate_track_id(track_id))
        try:
            stored = feedback.record(
                self.listener(request),
                subject,
                kind=given["verdict"],
                days=given.get("days"),
                now=timezone.now(),
                log=clients.event_log(),
            )
        except LogError as error:
            raise EventLogUnavailable from error
        return Response(serializers.StoredFeedback(stored).data)

    @extend_schema(
        operation_id="recommendations_feedback_clear",
        summary="Withdraw your feedback on a track",
        responses={204: None, **ERRORS},
    )
    def delete(self, request: Request, track_id: str) -> Response:
        subject = recommend.subject(validate_track_id(track_id))
        try:
            feedback.clear(
                self.listener(request), subject, now=timezone.now(), log=clients.event_log()
            )
        except LogError as error:
            raise EventLogUnavailable from error
        return Response(status=204)
