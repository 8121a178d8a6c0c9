"""`/api/v1/erasures`: erase a play, a period or a source of one's own, and read the receipts."""

from typing import Any, ClassVar

import orjson
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from spotifyweb import clients
from spotifyweb.accounts import erasing, previewing, receipts
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import ApiToken, Listener, Order
from spotifyweb.accounts.previewing import NothingToErase, Preview

EVENT = "3f0c9b52-8d5e-5a53-9d5c-0c5f0f0a1b2c"
ASKED = [
    OpenApiExample(
        "one play", value={"kind": "play", "event_id": EVENT, "preview": False}, request_only=True
    ),
    OpenApiExample(
        "a look at a period",
        value={"kind": "period", "first": "2026-05-01", "last": "2026-05-03", "preview": True},
        request_only=True,
    ),
    OpenApiExample(
        "a source",
        value={"kind": "source", "source": "account_data", "preview": False},
        request_only=True,
    ),
]


class Asked(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[kind.value for kind in Order.MARKS])
    event_id = serializers.CharField(required=False, max_length=40, help_text="of a play")
    first = serializers.DateField(required=False, help_text="of a period, where you lived then")
    last = serializers.DateField(required=False)
    source = serializers.CharField(  # type: ignore[assignment]  # a field of that name, too
        required=False, max_length=40, help_text="such as account_data"
    )
    preview = serializers.BooleanField(default=False, help_text="only say what would go")


class Previewed(serializers.Serializer[Any]):
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    heard_ms = serializers.IntegerField()
    first_at = serializers.DateTimeField(allow_null=True, help_text="where you lived then")
    last_at = serializers.DateTimeField(allow_null=True)
    tellings = serializers.IntegerField(help_text="events, of plays that others tell too as well")


class StepDone(serializers.Serializer[Any]):
    step = serializers.CharField()
    state = serializers.ChoiceField(choices=["done", "running", "waiting"])
    at = serializers.DateTimeField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class Rewritten(serializers.Serializer[Any]):
    object = serializers.CharField()
    rows = serializers.IntegerField(help_text="taken out")
    sha256 = serializers.CharField(help_text="of what is left, empty where it was deleted")


class Receipt(serializers.Serializer[Any]):
    receipt = serializers.CharField()
    kind = serializers.ChoiceField(choices=Order.Kind.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    first = serializers.DateField(allow_null=True)
    last = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(choices=["waiting", "erasing", "building", "done"])
    asked_at = serializers.DateTimeField()
    cleansed_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    mark_lifted_at = serializers.DateTimeField(allow_null=True)
    build_id = serializers.CharField()
    removed = serializers.DictField(child=serializers.IntegerField())
    steps = StepDone(many=True)
    objects = Rewritten(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    sha256 = serializers.CharField(help_text="of all the rest")


class ErasuresView(APIView):
    scopes: ClassVar[dict[str, str]] = {"POST": str(ApiToken.Scope.ERASE)}

    @extend_schema(
        summary="Your erasures, newest first", tags=["erasures"], responses=Receipt(many=True)
    )
    def get(self, request: Request) -> Response:
        orders = Order.objects.filter(listener=listener_of(request._request))[:100]
        return Response([_plain(receipts.receipt(order)) for order in orders])

    @extend_schema(
        summary="Erase a play, a period or a source of yours; it cannot be undone",
        tags=["erasures"],
        request=Asked,
        examples=ASKED,
        responses={
            200: Previewed,
            202: Receipt,
            404: OpenApiResponse(description="nothing of yours"),
        },
    )
    def post(self, request: Request) -> Response:
        asked = Asked(data=request.data)
        asked.is_valid(raise_exception=True)
        listener = listener_of(request._request)
        try:
            preview = _previewed(listener, asked.validated_data)
        except NothingToErase as nothing:
            raise exceptions.NotFound(str(nothing)) from nothing
        if asked.validated_data["preview"]:
            return Response(Previewed(preview).data)
        told = _plain(receipts.receipt(erasing.ask(preview)))
        return Response(told, status=status.HTTP_202_ACCEPTED)


class ErasureView(APIView):
    scopes: ClassVar[dict[str, str]] = {"DELETE": str(ApiToken.Scope.ERASE)}

    @extend_schema(summary="One receipt", tags=["erasures"], responses=Receipt)
    def get(self, request: Request, token: str) -> Response:
        return Response(_plain(receipts.receipt(_order(request, token))))

    @extend_schema(
        summary="Lift the mark: what it kept out may come again",
        tags=["erasures"],
        responses={200: Receipt, 404: OpenApiResponse(description="no mark of yours")},
    )
    def delete(self, request: Request, token: str) -> Response:
        order = _order(request, token)
        if not order.is_mark:
            raise exceptions.NotFound("There is no mark to lift.")
        erasing.lift(order, now=timezone.now())
        return Response(_plain(receipts.receipt(order)))


def encoded(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(told))
    return plain


def _previewed(listener: Listener, asked: dict[str, Any]) -> Preview:
    door, now = clients.warehouse(), timezone.now()
    if asked["kind"] == Order.Kind.PLAY:
        return previewing.play(listener, asked.get("event_id", ""), warehouse=door, now=now)
    if asked["kind"] == Order.Kind.SOURCE:
        return previewing.source(listener, asked.get("source", ""), warehouse=door, now=now)
    if not ("first" in asked and "last" in asked):
        raise exceptions.ValidationError("A period needs `first` and `last`.")
    return previewing.period(listener, asked["first"], asked["last"], warehouse=door, now=now)


def _order(request: Request, token: str) -> Order:
    order = Order.objects.filter(listener=listener_of(request._request), token=token).first()
    if order is None:
        raise exceptions.NotFound("You have no such erasure.")
    return order
