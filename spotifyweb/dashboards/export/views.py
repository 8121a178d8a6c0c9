"""`/export/`: everything of one's own: listening in three formats, streamed, and decisions."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from itertools import chain

import orjson
from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.export import formats
from spotifyweb.warehouse import Row, WarehouseError

log = logging.getLogger(__name__)


@login_required
def export_page(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboards/export.html", {"formats": list(formats.FORMATS)})


@login_required
def export(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    if kind not in formats.FORMATS:
        raise Http404
    encode, content_type = formats.FORMATS[kind]
    listener = listener_of(request)
    months = formats.months(clients.warehouse(), listener.user_id)
    pieces = encode(pending_erasure.still_theirs(listener, begun(months)))
    response = download(request, pieces, content_type)
    response["Content-Disposition"] = f'attachment; filename="listening.{kind}"'
    return response


def download(
    request: HttpRequest, pieces: Iterator[bytes], content_type: str
) -> StreamingHttpResponse:
    """Chunked, so that a client sees whether the end came; HTTP/1.0, which proxies such as nginx
    may speak, has no chunks, so there the length is sent ahead.
    """
    if not isinstance(request, ASGIRequest) or request.scope.get("http_version") != "1.0":
        return StreamingHttpResponse(streamed(pieces), content_type=content_type)
    length, chunks = formats.spool(pieces)
    response = StreamingHttpResponse(streamed(chunks), content_type=content_type)
    response["Content-Length"] = str(length)
    return response


def begun(months: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Asks for the first now, while a warehouse that does not answer can still be said so."""
    first = next(months, None)
    return iter(()) if first is None else chain([first], months)


async def streamed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Piece by piece through a thread, so that the server keeps answering others.

    Raises CancelledError where the rest cannot be had: Django then leaves out the last chunk and
    the server closes the connection, by which clients know a broken download.
    """

    def following() -> bytes | None:
        return next(pieces, None)

    try:
        while (piece := await sync_to_async(following, thread_sensitive=False)()) is not None:
            yield piece
    except (WarehouseError, pending_erasure.ListenerGone) as error:
        log.warning("an export broke off: %s", error)
        raise asyncio.CancelledError from error


@login_required
def decisions(request: HttpRequest) -> HttpResponse:
    body = orjson.dumps(formats.decisions(listener_of(request)), option=orjson.OPT_INDENT_2)
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="decisions.json"'
    return response
