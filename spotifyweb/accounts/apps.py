from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "spotifyweb.accounts"

    def ready(self) -> None:
        from spotifyweb.accounts import openapi, receivers  # noqa: F401  they register themselves
