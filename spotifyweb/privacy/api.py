"""`/api/v1/erasures`: erase a play, a period or a source, and read the receipts."""

from typing import Any, ClassVar

import orjson
from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import ApiToken, Listener
from spotifyweb.privacy import erasure_requests, receipts
from spotifyweb.privacy import preview as previews
from spotifyweb.privacy.models import ErasureRequest
from spotifyweb.privacy.preview import NothingToErase, Preview
from spotifyweb.privacy.serializers import (
    ErasurePreviewSerializer,
    ErasureReceiptSerializer,
    ErasureRequestSerializer,
)

EVENT = "3f0c9b52-8d5e-5a53-9d5c-0c5f0f0a1b2c"
EXAMPLES = [
    OpenApiExample(
        "one play", value={"kind": "play", "event_id": EVENT, "preview": False}, request_only=True
    ),
    OpenApiExample(
        "a preview of a period",
        value={"kind": "period", "first": "2026-05-01", "last": "2026-05-03", "preview": True},
        request_only=True,
    ),
    OpenApiExample(
        "a source",
        value={"kind": "source", "source": "account_data", "preview": False},
        request_only=True,
    ),
]


class ErasuresView(APIView):
    scopes: ClassVar[dict[str, str]] = {"POST": str(ApiToken.Scope.ERASE)}

    @extend_schema(
        summary="Your erasures, newest first",
        tags=["erasures"],
        responses=ErasureReceiptSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        erasures = ErasureRequest.objects.filter(listener=listener_of(request._request))[:100]
        return Response([_receipt_json(erasure) for erasure in erasures])

    @extend_schema(
        summary="Erase a play, a period or a source; this cannot be undone",
        tags=["erasures"],
        request=ErasureRequestSerializer,
        examples=EXAMPLES,
        responses={
            200: ErasurePreviewSerializer,
            202: ErasureReceiptSerializer,
            404: OpenApiResponse(description="you have no such data"),
        },
    )
    def post(self, request: Request) -> Response:
        serializer = ErasureRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        listener = listener_of(request._request)
        try:
            preview = _make_preview(listener, serializer.validated_data)
        except NothingToErase as nothing:
            raise exceptions.NotFound(str(nothing)) from nothing
        if serializer.validated_data["preview"]:
            return Response(ErasurePreviewSerializer(preview).data)
        erasure = erasure_requests.submit(preview)
        return Response(_receipt_json(erasure), status=status.HTTP_202_ACCEPTED)


class ErasureView(APIView):
    scopes: ClassVar[dict[str, str]] = {"DELETE": str(ApiToken.Scope.ERASE)}

    @extend_schema(
        summary="An erasure receipt", tags=["erasures"], responses=ErasureReceiptSerializer
    )
    def get(self, request: Request, token: str) -> Response:
        return Response(_receipt_json(_get_erasure(request, token)))

    @extend_schema(
        summary="Unblock the erased data, so that it can be imported again",
        tags=["erasures"],
        responses={
            200: ErasureReceiptSerializer,
            404: OpenApiResponse(description="you have no such block"),
        },
    )
    def delete(self, request: Request, token: str) -> Response:
        erasure = _get_erasure(request, token)
        if not erasure.is_suppressing:
            raise exceptions.NotFound(gettext("Nothing is blocked."))
        erasure_requests.lift_suppression(erasure, now=timezone.now())
        return Response(_receipt_json(erasure))


def _receipt_json(erasure: ErasureRequest) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(receipts.receipt(erasure)))
    return plain


def _make_preview(listener: Listener, data: dict[str, Any]) -> Preview:
    fields = {name: data[name] for name in ("event_id", "first", "last", "source") if name in data}
    return previews.preview_erasure(
        listener, data["kind"], **fields, warehouse=clients.warehouse(), now=timezone.now()
    )


def _get_erasure(request: Request, token: str) -> ErasureRequest:
    listener = listener_of(request._request)
    erasure = ErasureRequest.objects.filter(listener=listener, token=token).first()
    if erasure is None:
        raise exceptions.NotFound(gettext("Erasure not found."))
    return erasure
