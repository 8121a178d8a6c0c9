from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class SpotifywebConfig(AppConfig):
    """The shell itself: its commands, and the schedule that every migration brings up to date."""

    name = "spotifyweb"

    def ready(self) -> None:
        # the signal comes from apps with models only, and the schedule lives in that one
        beat = apps.get_app_config("django_celery_beat")
        post_migrate.connect(_install_schedule, sender=beat)
        from spotifyweb import checks

        checks.install()


def _install_schedule(*, using: str, **_: object) -> None:
    from spotifyweb import periodic_tasks

    if using == "default":
        periodic_tasks.install()
