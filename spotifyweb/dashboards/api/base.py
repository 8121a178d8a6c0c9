"""What the endpoints for statistics share: filters, errors, the listener of the request."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import ApiToken
from spotifyweb.dashboards.filters import PODCASTS, RANGES
from spotifyweb.dashboards.request import NoPlays, StatsRequest, read_request
from spotifyweb.warehouse import NothingPublished

FILTERS = [
    OpenApiParameter("range", str, description=f"{', '.join(RANGES)} or a year such as 2025"),
    OpenApiParameter("from", OpenApiTypes.DATE, description="first day; the last day is optional"),
    OpenApiParameter("to", OpenApiTypes.DATE, description="last day"),
    OpenApiParameter("device", str, description="device type, such as Smartphone"),
    OpenApiParameter("source", str, description="recently_played, player, extended_history …"),
    OpenApiParameter("min_ms", int, description="minimum listening time in milliseconds"),
    OpenApiParameter("skips", str, enum=["0", "1"], description="1 to count skips as plays"),
    OpenApiParameter(
        "podcasts",
        str,
        enum=[name for name in PODCASTS if name],
        description="with: music and podcasts; only: podcasts and audiobooks; else music",
    ),
    OpenApiParameter("rules", str, enum=["0", "1"], description="0 to include excluded items"),
]
PAGE = OpenApiParameter("page", int, description="from 1")
STEP = OpenApiParameter("step", str, enum=["day", "week", "month"])
BY = OpenApiParameter("by", str, enum=["plays", "time"])
NO_PLAYS = _("You have no plays yet.")
NOT_PLAYED = _("You have not played this.")
USE_ONE_OF = _("Use one of: %(names)s.")


class StatsView(APIView, ABC):
    """Statistics of the authenticated listener, under the filters of the pages."""

    scope: ClassVar[str] = "read:stats"
    serializer_class: ClassVar[type[serializers.Serializer[Any]]]  # set by `describe`

    @abstractmethod
    def read(self, stats_request: StatsRequest) -> Any:
        """Return what the serializer is filled from. Raises NoPlays."""

    def get(self, request: Request, **kwargs: Any) -> Response:  # noqa: ARG002  see self.kwargs
        try:
            listener = listener_of(request._request)
            query = request.query_params.dict()
            stats_request = read_request(listener, query, now=timezone.now())
            return Response(self.serializer_class(self.read(stats_request)).data)
        except NoPlays:
            raise exceptions.NotFound(NO_PLAYS) from None


V = TypeVar("V", bound=StatsView)


def describe(
    serializer: type[serializers.Serializer[Any]], summary: str, *parameters: OpenApiParameter
) -> Callable[[type[V]], type[V]]:
    """Give an endpoint its serializer, and its entry in the OpenAPI document."""
    schema = extend_schema(
        summary=summary,
        tags=["stats"],
        parameters=[*FILTERS, *parameters],
        responses={200: serializer, 404: OpenApiResponse(description="no data found")},
    )

    def decorate(view: type[V]) -> type[V]:
        view.serializer_class = serializer
        return extend_schema_view(get=schema)(view)

    return decorate


class DecisionView(APIView):
    """A listener's decisions on their data: read with `read:stats`, write `write:corrections`."""

    scopes: ClassVar[dict[str, str]] = {
        method: str(ApiToken.Scope.CORRECT) for method in ("POST", "DELETE")
    }

    def handle_exception(self, exc: Exception) -> Response:
        """Answer 404 where nothing was published yet."""
        if isinstance(exc, NothingPublished):
            exc = exceptions.NotFound(NO_PLAYS)
        return super().handle_exception(exc)


@extend_schema_field({"type": "string", "example": "2026-11-22T20:41:07.250000"})
class LocalTimeField(serializers.DateTimeField):
    """A time of the listener's clock, without an offset."""

    timezone = None  # type: ignore[assignment]  # that of the server is not the listener's
