"""`/export/`: all plays in three formats, streamed, and the listener's decisions."""

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
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.export import formats
from spotifyweb.warehouse import Row, WarehouseError

log = logging.getLogger(__name__)


@login_required
def export_page(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboards/export.html", {"formats": list(formats.FORMATS)})


@login_required
def export(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """Stream the plays of the listener in one format; HEAD reads none of them."""
    if kind not in formats.FORMATS:
        raise Http404
    encode, content_type = formats.FORMATS[kind]
    if request.method == "HEAD":
        response = StreamingHttpResponse(stream_chunks(iter(())), content_type=content_type)
    else:
        response = download(request, read_export(listener_of(request), encode), content_type)
    response["Content-Disposition"] = f'attachment; filename="listening.{kind}"'
    return response


def read_export(listener: Listener, encode: formats.Encode) -> Iterator[bytes]:
    """Return the listener's plays in the encoder's format; the first month is read at once."""
    months = formats.plays_by_month(clients.warehouse(), listener.user_id)
    return encode(pending_erasure.stream_allowed(listener, prefetch_first(months)))


def download(
    request: HttpRequest, chunks: Iterator[bytes], content_type: str
) -> StreamingHttpResponse:
    """Respond in chunks, by which a client knows whether the download is complete.

    HTTP/1.0, which proxies such as nginx may speak, has no chunks: there the length comes first.
    """
    if not isinstance(request, ASGIRequest) or request.scope.get("http_version") != "1.0":
        return StreamingHttpResponse(stream_chunks(chunks), content_type=content_type)
    length, chunks = formats.spool(chunks)
    response = StreamingHttpResponse(stream_chunks(chunks), content_type=content_type)
    response["Content-Length"] = str(length)
    return response


def prefetch_first(months: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Read the first month now, while an error of the warehouse can still become a response."""
    first = next(months, None)
    return iter(()) if first is None else chain([first], months)


async def stream_chunks(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks from a thread, so that the server keeps answering other requests.

    Raises CancelledError where the rest cannot be read: Django then leaves out the last chunk and
    the server closes the connection, by which clients know an incomplete download.
    """

    def following() -> bytes | None:
        return next(chunks, None)

    try:
        while (chunk := await sync_to_async(following, thread_sensitive=False)()) is not None:
            yield chunk
    except (WarehouseError, pending_erasure.ListenerGone) as error:
        log.warning("an export was cut off: %s", error)
        raise asyncio.CancelledError from error


@login_required
def decisions(request: HttpRequest) -> HttpResponse:
    """Download the decisions of the listener."""
    body = orjson.dumps(formats.decisions(listener_of(request)), option=orjson.OPT_INDENT_2)
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="decisions.json"'
    return response
