from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"

    def ready(self) -> None:
        from ingestion import forgetting, welcoming  # noqa: F401  listen to accounts' signals
