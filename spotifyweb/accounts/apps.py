from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "spotifyweb.accounts"

    def ready(self) -> None:
        from spotifyweb.accounts import openapi  # noqa: F401  registers itself
