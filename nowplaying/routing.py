"""Websocket addresses."""

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from nowplaying.consumers import NowPlayingConsumer

websocket_urlpatterns = [
    path("ws/now/", NowPlayingConsumer.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),  # the router would raise for an address it lacks
]
