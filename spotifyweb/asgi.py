"""The ASGI application: HTTP and websockets, one server."""

import gc
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")

# WhiteNoise hands its files over as plain iterators; they are small and immutable, so that is fine.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

django.setup(set_prefix=False)  # before anything that needs the models

from django.conf import settings  # noqa: E402
from django.core.handlers.asgi import ASGIHandler  # noqa: E402
from django.db import close_old_connections  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.http.response import HttpResponseBase  # noqa: E402

from ingestion.history_import.uploads import FORM_BYTES  # noqa: E402
from nowplaying.routing import websocket_urlpatterns  # noqa: E402
from spotifyweb.accounts import api_tokens, key_fingerprints  # noqa: E402
from spotifyweb.body_limit import BodyLimitMiddleware  # noqa: E402
from spotifyweb.middleware import SameOriginMiddleware  # noqa: E402

OBJECTS_BETWEEN_COLLECTIONS = 20_000  # of 700; a page makes them, and frees nearly all by count
UPLOAD_BYTES = settings.IMPORT_MAX_BYTES + FORM_BYTES


class SyncASGIHandler(ASGIHandler):
    """Run middleware and view of a request one after the other in one of a few threads.

    Django's own starts a thread for each request, however many come at once, and changes to another
    before and after each middleware that could be asynchronous (docs/adr/0060 and 0061).
    """

    def __init__(self) -> None:
        super().__init__()
        self._requests = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="request")
        self._signals = ThreadPoolExecutor(1, thread_name_prefix="signals")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request; what Django does before and after it runs in one thread for all."""
        async with ThreadSensitiveContext(executor=self._signals):
            await super().__call__(scope, receive, send)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002
        """Load all middleware in its synchronous form."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of the synchronous chain, once a thread is free."""
        respond = sync_to_async(self._respond, thread_sensitive=False, executor=self._requests)
        return await respond(request)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        """Respond with a connection to the database that ends, or is kept, in this thread."""
        close_old_connections()
        try:
            return self.get_response(request)
        finally:
            close_old_connections()


limited = BodyLimitMiddleware(
    SyncASGIHandler(),
    uploads={"/import/": UPLOAD_BYTES, "/api/v1/imports": UPLOAD_BYTES},
    is_token=api_tokens.is_valid,
)


async def lifespan(_: Any, receive: Any, send: Any) -> None:
    """Refuse the start, by ASGI's lifespan, with other keys than the hosts before this one."""
    await receive()
    try:
        await sync_to_async(key_fingerprints.verify_if_reachable)()
    except key_fingerprints.KeysDiffer as error:
        await send({"type": "lifespan.startup.failed", "message": f"Cannot start. {error}"})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def with_fast_path(app: BodyLimitMiddleware) -> Any:
    """Put stored recommendations in front of Django."""
    from recommendations.fast_path.middleware import FastPathMiddleware

    return FastPathMiddleware(app)


application = ProtocolTypeRouter(
    {
        "http": with_fast_path(limited) if settings.RECOMMENDATIONS_FAST_PATH else limited,
        "lifespan": lifespan,
        "websocket": SameOriginMiddleware(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)


def limit_garbage_collection() -> None:
    """Exempt everything that is loaded, and search the rest about once in ten pages.

    Searching 200,000 objects again and again costs single requests 110 ms; searching the rest after
    each 700 objects cost the overview 25 searches, a tenth of its time.
    """
    from django.urls import get_resolver

    assert get_resolver().url_patterns, "all views are loaded"
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


limit_garbage_collection()
