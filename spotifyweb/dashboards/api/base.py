"""What the endpoints for statistics share: filters, errors, the listener of the request."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
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

from spotifyweb.accounts.api_tokens import ApiError
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import ApiToken
from spotifyweb.dashboards.api.parameters import FILTERS, Field, Query, query_of, validate
from spotifyweb.dashboards.request import NoPlays, StatsRequest, read_request
from spotifyweb.warehouse import NothingPublished

NO_PLAYS = _("You have no plays yet.")
NOT_PLAYED = _("You have not played this.")


class StatsView(APIView, ABC):
    """Statistics of the authenticated listener, under the filters of the pages."""

    scope: ClassVar[str] = "read:stats"
    serializer_class: ClassVar[type[serializers.Serializer[Any]]]  # set by `describe`
    query_class: ClassVar[Query]
    query: dict[str, str]  # of this request, valid

    @abstractmethod
    def read(self, stats_request: StatsRequest) -> Any:
        """Return what the serializer is filled from. Raises NoPlays."""

    def get(self, request: Request, **kwargs: Any) -> Response:  # noqa: ARG002  see self.kwargs
        try:
            listener = listener_of(request._request)
            self.query = validate(self.query_class, request.query_params.dict())
            stats_request = read_request(listener, self.query, now=timezone.now())
            return Response(self.serializer_class(self.read(stats_request)).data)
        except NoPlays:
            raise exceptions.NotFound(NO_PLAYS) from None


V = TypeVar("V", bound=StatsView)


def describe(
    serializer: type[serializers.Serializer[Any]],
    summary: str,
    *path_parameters: OpenApiParameter,
    **fields: Field,
) -> Callable[[type[V]], type[V]]:
    """Give an endpoint its serializer, its query and its entry in the OpenAPI document."""

    def decorate(view: type[V]) -> type[V]:
        view.serializer_class = serializer
        view.query_class = query_of(view.__name__, {**FILTERS, **fields})
        schema = extend_schema(
            summary=summary,
            tags=["stats"],
            parameters=[*path_parameters, view.query_class],
            responses={
                200: serializer,
                400: OpenApiResponse(ApiError, "a parameter is invalid"),
                404: OpenApiResponse(ApiError, "no data found"),
            },
        )
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
