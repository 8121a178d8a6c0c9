"""Encrypt all Spotify tokens with the first of TOKEN_KEYS, so that older keys can be removed."""

from typing import Any

from django.core.management.base import CommandError

from spotifyweb.accounts import token_store, tokens
from spotifyweb.commands import JsonCommand


class Command(JsonCommand):
    help = __doc__

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            count = tokens.rotate_keys()
        except token_store.KeyLost as error:
            raise CommandError(f"{error}: put the old key back, behind the new one") from None
        line = f"{count} tokens are encrypted with the first key; older keys can be removed."
        self.write_result({"tokens": count}, line, options=options)
