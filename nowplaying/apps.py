from django.apps import AppConfig


class NowPlayingConfig(AppConfig):
    name = "nowplaying"

    def ready(self) -> None:
        from nowplaying import leaving  # connects its receivers

        leaving.connect()
