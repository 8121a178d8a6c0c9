"""HTTP middleware of the whole site."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import gzip


class GZipMiddleware(gzip.GZipMiddleware):
    """Compress complete responses; let streaming ones pass as they are.

    Django compresses each chunk of an asynchronous stream as a gzip member of its own; browsers,
    curl and httpx read only the first. Without compression a length that the view knows stays with
    the response too. A proxy in front may compress.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return response if response.streaming else super().process_response(request, response)
