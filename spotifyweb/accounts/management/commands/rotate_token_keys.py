"""Encrypt all Spotify tokens with the first of TOKEN_KEYS, so that older keys can be removed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from spotifyweb.accounts import token_store, tokens


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            count = tokens.rotate()
        except token_store.KeyLost as error:
            raise CommandError(f"{error}: put the old key back, behind the new one") from None
        self.stdout.write(
            f"{count} tokens are encrypted with the first key; older keys can be removed."
        )
