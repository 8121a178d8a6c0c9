from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NowPlayingConfig(AppConfig):
    name = "nowplaying"
    verbose_name = _("Now playing")

    def ready(self) -> None:
        from nowplaying import receivers  # noqa: F401  connects its receivers
