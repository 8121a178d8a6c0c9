from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "spotifyweb.dashboards"
