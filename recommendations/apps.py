from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class RecommendationsConfig(AppConfig):
    name = "recommendations"

    def ready(self) -> None:
        from recommendations import receivers  # noqa: F401  connects them
        from recommendations.discover import playlists, queue

        playlists.register()
        queue.register()

        if settings.RECOMMENDATIONS_FAST_PATH:
            import_module("recommendations.fast_path.receivers")
