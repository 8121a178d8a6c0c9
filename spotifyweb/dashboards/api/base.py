"""What all endpoints of the dashboards share: the filters, and who may ask."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.filters import PODCASTS, RANGES
from spotifyweb.dashboards.request import Asked, NothingYet, read_request

F = TypeVar("F", bound=Callable[..., Response])
FILTERS = [
    OpenApiParameter("range", str, description=f"{', '.join(RANGES)} or a year such as 2025"),
    OpenApiParameter("from", OpenApiTypes.DATE, description="first day, with or without `to`"),
    OpenApiParameter("to", OpenApiTypes.DATE, description="last day"),
    OpenApiParameter("device", str, description="device type, such as Smartphone"),
    OpenApiParameter("source", str, description="recently_played, player, extended_history …"),
    OpenApiParameter("min_ms", int, description="heard for at least so many milliseconds"),
    OpenApiParameter("skips", str, enum=["0", "1"], description="1 counts skips as plays"),
    OpenApiParameter("podcasts", str, enum=[name for name in PODCASTS if name]),
    OpenApiParameter("rules", str, enum=["0", "1"], description="0 ignores your own exclusions"),
]
PAGE = OpenApiParameter("page", int, description="from 1")
STEP = OpenApiParameter("step", str, enum=["day", "week", "month"])
BY = OpenApiParameter("by", str, enum=["plays", "time"])


class StatsView(APIView, ABC):
    """Numbers of the listener who asks, under the filters of the pages."""

    scope: ClassVar[str] = "read:stats"
    answer_class: ClassVar[type[serializers.Serializer[Any]]]

    @abstractmethod
    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:
        """What the shape is filled from. Raises NothingYet."""

    def respond(self, request: Request, **kwargs: str) -> Response:
        listener = listener_of(request._request)
        try:
            asked = read_request(listener, request.query_params.dict(), now=timezone.now())
            return Response(self.answer_class(self.answer(asked, request, **kwargs)).data)
        except NothingYet:
            raise exceptions.NotFound("No plays of yours are in the warehouse yet.") from None


def described(
    answer: type[serializers.Serializer[Any]], summary: str, *more: OpenApiParameter
) -> Callable[[F], F]:
    """The endpoint's line in the OpenAPI document."""
    nothing = OpenApiResponse(description="nothing of yours")
    decorate: Callable[[F], F] = extend_schema(
        summary=summary,
        tags=["stats"],
        parameters=[*FILTERS, *more],
        responses={200: answer, 404: nothing},
    )
    return decorate
