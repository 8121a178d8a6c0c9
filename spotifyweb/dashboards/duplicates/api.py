"""`/api/v1/merged` and `/api/v1/separations`: merged plays, and separations of them."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from spotifyweb import clients
from spotifyweb.accounts.api_tokens import ApiError
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.api.base import DecisionView
from spotifyweb.dashboards.api.parameters import PAGE, query_of, validate
from spotifyweb.dashboards.duplicates import observations, separations
from spotifyweb.dashboards.duplicates.serializers import (
    REQUEST_EXAMPLE,
    SEPARATED_EXAMPLE,
    MergedPlays,
    NewSeparation,
    Separation,
    Separations,
)
from spotifyweb.dashboards.pagination import Page

PAGE_SIZE = 50
PageQuery = query_of("Page", {"page": PAGE})
NOT_ONE_PLAY = _("These two are not reports of the same play.")


class MergedView(DecisionView):
    @extend_schema(
        summary="Merged plays and their sources",
        tags=["merged plays"],
        parameters=[PageQuery],
        responses={200: MergedPlays, 400: ApiError, 404: ApiError, 503: ApiError},
    )
    def get(self, request: Request) -> Response:
        query = validate(PageQuery, request.query_params)
        listener, warehouse = listener_of(request._request), clients.warehouse()
        user_id = listener.user_id
        counts = observations.merged_counts(warehouse, user_id)
        page = Page.read(query, size=PAGE_SIZE).with_total(counts["plays"])
        plays = observations.merged_plays(warehouse, user_id, limit=page.size, offset=page.offset)
        body = {
            "count": page.total,
            "observations": counts["observations"],
            "page": page.number,
            "pages": page.last,
            "results": pending_erasure.filter_merged(listener, plays),
        }
        return Response(MergedPlays(body).data)


class SeparationsView(DecisionView):
    @extend_schema(
        summary="Your splits, newest first",
        tags=["merged plays"],
        parameters=[PageQuery],
        responses={200: Separations, 400: ApiError, 404: ApiError, 503: ApiError},
    )
    def get(self, request: Request) -> Response:
        query = validate(PageQuery, request.query_params)
        listener, warehouse = listener_of(request._request), clients.warehouse()
        decisions = separations.separation_states(listener, warehouse)
        page = Page.read(query, size=PAGE_SIZE).with_total(len(decisions))
        chosen = decisions[page.offset : page.offset + page.size]
        results = list(separations.separation_details(listener, warehouse, chosen))
        body = {"count": page.total, "page": page.number, "pages": page.last, "results": results}
        return Response(Separations(body).data)

    @extend_schema(
        summary="Split two merged events; applied by the next build",
        tags=["merged plays"],
        request=NewSeparation,
        examples=[REQUEST_EXAMPLE, SEPARATED_EXAMPLE],
        responses={
            201: Separation,
            400: OpenApiResponse(ApiError, "not the same play"),
            503: ApiError,
        },
    )
    def post(self, request: Request) -> Response:
        serializer = NewSeparation(data=request.data)
        serializer.is_valid(raise_exception=True)
        listener, warehouse = listener_of(request._request), clients.warehouse()
        try:
            pair = separations.separate(
                listener,
                serializer.validated_data["event_ids"],
                warehouse=warehouse,
                now=timezone.now(),
            )
        except separations.NotOnePlay:
            raise exceptions.ValidationError({"detail": NOT_ONE_PLAY}) from None
        return Response(
            Separation(separations.details_of(listener, warehouse, pair)).data,
            status=status.HTTP_201_CREATED,
        )


class SeparationView(DecisionView):
    @extend_schema(
        summary="Undo a split; merged again by the next build",
        tags=["merged plays"],
        responses={204: None, 404: OpenApiResponse(ApiError, "separation not found")},
    )
    def delete(self, request: Request, separation_id: int) -> Response:
        if not separations.undo(listener_of(request._request), separation_id=separation_id):
            raise exceptions.NotFound(_("Split not found."))
        return Response(status=status.HTTP_204_NO_CONTENT)
