from django.apps import AppConfig


class NowPlayingConfig(AppConfig):
    name = "nowplaying"
