from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "spotifyweb.privacy"

    def ready(self) -> None:
        from spotifyweb.privacy import checks, receivers, stores  # noqa: F401  they register
