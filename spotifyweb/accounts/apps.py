from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "spotifyweb.accounts"

    def ready(self) -> None:
        from spotifyweb.accounts import api_tokens  # noqa: F401  it registers its OpenAPI scheme
