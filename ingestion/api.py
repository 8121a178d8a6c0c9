"""`/api/v1/imports`: what the import page does and shows, for its owner."""

import logging
from typing import Any, ClassVar

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import exceptions, generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion import tasks
from ingestion.history_import import presentation, uploads
from ingestion.models import HistoryImport
from spotifyweb import bounds
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import ApiToken
from spotifyweb.lake import LakeError
from spotifyweb.rate_limits import sender_of, wait_seconds

log = logging.getLogger(__name__)

SEND = _("Send your export as multipart/form-data: curl -F files=@my_spotify_data.zip")
NOT_STORED = _("Your files could not be stored. Try again later.")


class RequestRefused(exceptions.APIException):
    """An upload that is not taken in, with its status."""

    def __init__(self, detail: str | Promise, *, status: int) -> None:
        super().__init__(str(detail))
        self.status_code = status


class ImportSerializer(serializers.ModelSerializer[HistoryImport]):
    url = serializers.SerializerMethodField(help_text="where to read its state")
    percent = serializers.SerializerMethodField(help_text="how far it has come")

    class Meta:
        model = HistoryImport
        fields = [
            "id",
            "url",
            "file_name",
            "kind",
            "status",
            "percent",
            "rows",
            "outcomes",
            "reasons",
            "rejected_files",
            "reported_twice",
            "first_at",
            "last_at",
            "error",
            "created_at",
            "ended_at",
        ]

    def get_url(self, history: HistoryImport) -> str:
        return reverse("ingestion:import-state", args=[history.pk])

    def get_percent(self, history: HistoryImport) -> int:
        return presentation.percent(history)


class Upload(serializers.Serializer[Any]):
    files = serializers.ListField(
        child=serializers.FileField(),
        help_text="Spotify's zip, or the JSON files in it; repeat the field for several",
    )


class Imports(generics.ListCreateAPIView[HistoryImport]):
    """Upload a history export, and list what was uploaded before."""

    scopes: ClassVar[dict[str, str]] = {"POST": str(ApiToken.Scope.IMPORT)}
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser,)
    pagination_class = None
    queryset = HistoryImport.objects.none()  # the schema asks for a model before there is a user

    def get_queryset(self) -> QuerySet[HistoryImport]:
        return HistoryImport.objects.filter(listener=self.request.user.pk)[:100]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Authenticate, which reads the body of a session's form: its size is checked before."""
        _check_size(request)
        super().perform_authentication(request)

    @extend_schema(summary="Imports of your history, newest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        summary="Import a streaming-history export",
        description=(
            "Upload the zip that Spotify sent you, or its JSON files, as curl -F "
            "files=@my_spotify_data.zip does. The import runs in the background: the answer has "
            "the address of its state, also as Location. The same rows uploaded again are counted "
            "as duplicates."
        ),
        request={"multipart/form-data": Upload},
        responses={
            202: ImportSerializer,
            400: OpenApiResponse(description="no file in the field files"),
            413: OpenApiResponse(description="larger than the server's limit, 4 GB by default"),
            415: OpenApiResponse(description="not multipart/form-data"),
            429: OpenApiResponse(description="too many uploads: Retry-After has the seconds"),
            503: OpenApiResponse(description="the files could not be stored; try again later"),
            507: OpenApiResponse(description="not enough disk space on the server"),
        },
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        history = _receive(request)
        tasks.import_history.delay(import_pk=history.pk)
        data = self.get_serializer(history).data
        address = request.build_absolute_uri(data["url"])
        return Response(data, status=202, headers={"Location": address})


@extend_schema_view(
    get=extend_schema(
        summary="The state of one import",
        responses={200: ImportSerializer, 404: OpenApiResponse(description="not one of yours")},
    )
)
class ImportState(generics.RetrieveAPIView[HistoryImport]):
    serializer_class = ImportSerializer
    queryset = HistoryImport.objects.none()

    def get_queryset(self) -> QuerySet[HistoryImport]:
        return HistoryImport.objects.filter(listener=self.request.user.pk)


def _check_size(request: Request) -> None:
    """Raise RequestRefused where the server cannot take in what the request declares."""
    try:
        size = bounds.parse_integer(request.headers.get("Content-Length", "")) or 0
        uploads.check_size(size, now=timezone.now())
    except uploads.UploadRefused as refusal:
        raise RequestRefused(str(refusal), status=refusal.status) from None


def _receive(request: Request) -> HistoryImport:
    """Store the files of the request. Raises Throttled and RequestRefused."""
    if wait := wait_seconds("upload", sender_of(request._request)):
        raise exceptions.Throttled(wait)
    try:
        return uploads.receive(_files(request), listener=listener_of(request._request))
    except LakeError as error:
        log.warning("an upload was not stored: %s", error)
        raise RequestRefused(NOT_STORED, status=503) from None


def _files(request: Request) -> list[Any]:
    """Return the uploaded files. Raises RequestRefused where there is none."""
    try:
        fields = request.FILES
    except exceptions.UnsupportedMediaType as error:
        raise RequestRefused(f"{error.detail} {SEND}", status=415) from None
    files = [file for file in fields.getlist("files") if file.name]
    if not files:
        others = ", ".join(sorted({*request.data} - {"files"})[:5])
        found = gettext("Found %(names)s.") % {"names": others[:100]} if others else ""
        parts = (gettext("There is no file in the field files."), found, str(SEND))
        raise RequestRefused(" ".join(filter(None, parts)), status=400)
    return files
