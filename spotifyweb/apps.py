from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class SpotifywebConfig(AppConfig):
    """The project as an app: its commands, checks, and the schedule that `migrate` installs."""

    name = "spotifyweb"

    def ready(self) -> None:
        # post_migrate is sent for apps with models only; the schedule is in this one's
        beat = apps.get_app_config("django_celery_beat")
        post_migrate.connect(_install_schedule, sender=beat)
        from spotifyweb import checks
        from spotifyweb.monitoring import publication  # noqa: F401 (it receives a signal)

        checks.register_checks()


def _install_schedule(*, using: str, **_: object) -> None:
    from spotifyweb import periodic_tasks

    if using == "default":
        periodic_tasks.install()
