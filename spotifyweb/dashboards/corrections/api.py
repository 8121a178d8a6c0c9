"""`/api/v1/corrections`: tracks and artists joined or split by hand."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from spotifyweb import clients
from spotifyweb.accounts.api_tokens import ApiError
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.api.base import DecisionView
from spotifyweb.dashboards.corrections import changes
from spotifyweb.dashboards.corrections.changes import RequestedCorrection
from spotifyweb.dashboards.models import Correction


class NewCorrection(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Correction.Kind.choices)
    action = serializers.ChoiceField(choices=Correction.Action.choices)
    subject = serializers.CharField(
        max_length=300, help_text="any id of a track, or the name of an artist"
    )
    other = serializers.CharField(
        max_length=300,
        default="",
        allow_blank=True,
        help_text="the track or artist it is the same as; needed to join",
    )

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if attrs["action"] == Correction.Action.JOIN and not attrs["other"]:
            raise serializers.ValidationError(
                {"other": gettext("Name the track or artist it is the same as.")}
            )
        return attrs


class SavedCorrection(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="correction.pk")
    kind = serializers.CharField(source="correction.kind")
    action = serializers.CharField(source="correction.action")
    subject = serializers.CharField(source="correction.subject")
    other = serializers.CharField(source="correction.other")
    decided_at = serializers.DateTimeField(source="correction.decided_at")
    is_applied = serializers.BooleanField(help_text="by the published build")


class Corrections(serializers.Serializer[Any]):
    results = SavedCorrection(many=True)


EXAMPLE = OpenApiExample(
    "the same song",
    request_only=True,
    value={
        "kind": "track",
        "action": "join",
        "subject": "4uLU6hMCjMI75M1A2tKUQC",
        "other": "7ouMYWpwJ422jRcDASZB7P",
    },
)


class CorrectionsView(DecisionView):
    @extend_schema(
        summary="Tracks and artists you joined or split, newest first",
        tags=["corrections"],
        responses={200: Corrections, 404: ApiError, 503: ApiError},
    )
    def get(self, request: Request) -> Response:
        listener = listener_of(request._request)
        results = changes.list_corrections(listener, clients.warehouse())
        return Response(Corrections({"results": results}).data)

    @extend_schema(
        summary="Join two tracks or artists, or split one off; applied by the next build",
        tags=["corrections"],
        request=NewCorrection,
        examples=[EXAMPLE],
        responses={
            201: Corrections,
            400: OpenApiResponse(ApiError, "not yours, or already so"),
            404: ApiError,
            503: ApiError,
        },
    )
    def post(self, request: Request) -> Response:
        serializer = NewCorrection(data=request.data)
        serializer.is_valid(raise_exception=True)
        listener, warehouse = listener_of(request._request), clients.warehouse()
        correction = RequestedCorrection(**serializer.validated_data)
        try:
            changes.record(listener, correction, warehouse=warehouse, now=timezone.now())
        except changes.UnknownItem as error:
            raise exceptions.ValidationError({"detail": str(error)}) from None
        results = changes.list_corrections(listener, warehouse)
        return Response(Corrections({"results": results}).data, status=status.HTTP_201_CREATED)


class CorrectionView(DecisionView):
    @extend_schema(
        summary="Undo a correction; applied by the next build",
        tags=["corrections"],
        responses={204: None, 404: OpenApiResponse(ApiError, "correction not found")},
    )
    def delete(self, request: Request, correction_id: int) -> Response:
        if not changes.undo(listener_of(request._request), correction_id):
            raise exceptions.NotFound(gettext("Correction not found."))
        return Response(status=status.HTTP_204_NO_CONTENT)
