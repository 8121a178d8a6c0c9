from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"

    def ready(self) -> None:
        from ingestion import erasure, receivers  # noqa: F401  they listen to signals
        from ingestion.backup import erasures  # noqa: F401  it does too
