"""Websocket addresses."""

from django.urls import path

from nowplaying.consumers import NowPlayingConsumer

websocket_urlpatterns = [path("ws/now/", NowPlayingConsumer.as_asgi())]
