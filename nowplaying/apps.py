from django.apps import AppConfig


class NowPlayingConfig(AppConfig):
    name = "nowplaying"

    def ready(self) -> None:
        from nowplaying import hearing  # noqa: F401  connects its receivers
