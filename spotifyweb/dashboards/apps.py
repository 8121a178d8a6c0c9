from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "spotifyweb.dashboards"

    def ready(self) -> None:
        from spotifyweb.dashboards import receivers, snapshots  # noqa: F401  their signals
