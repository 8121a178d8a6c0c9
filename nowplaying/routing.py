"""Websocket addresses."""

from django.urls import path, re_path

from nowplaying.consumers import NowPlayingConsumer
from spotifyweb.middleware import deny_websocket

websocket_urlpatterns = [
    path("ws/now/", NowPlayingConsumer.as_asgi()),
    # The router would raise for an address it lacks.
    re_path("", deny_websocket),  # type: ignore[arg-type]
]
