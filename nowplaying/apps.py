from django.apps import AppConfig


class NowPlayingConfig(AppConfig):
    name = "nowplaying"

    def ready(self) -> None:
        from nowplaying import receivers  # noqa: F401  connects its receivers
