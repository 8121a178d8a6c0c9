from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "spotifyweb.accounts"

    def ready(self) -> None:
        # The one registers its OpenAPI scheme, the other what a worker does at its start.
        from spotifyweb.accounts import api_tokens, key_fingerprints  # noqa: F401
