"""Erase a listener everywhere, for somebody who cannot do it under Settings themselves."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.commands import JsonCommand
from spotifyweb.privacy import erasure_requests
from spotifyweb.privacy.erasure_requests import Retention


class Command(JsonCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("user_id")
        parser.add_argument("--only-spotify", action="store_true", help="keep imported archives")

    def handle(self, *_args: Any, user_id: str, **options: Any) -> None:
        listener = Listener.objects.filter(user_id=user_id).first()
        if listener is None:
            raise CommandError(f"there is no listener with the id {user_id}")
        choice = Retention.SPOTIFY if options["only_spotify"] else Retention.EVERYTHING
        removed = erasure_requests.close_account_now(listener, choice, clock=timezone.now)
        self.write_result(
            {"choice": choice.value, "removed": removed},
            *(f"{count:>10,}  {what}" for what, count in removed.items()),
            "A worker rebuilds the warehouse and completes the erasure in 10 minutes.",
            options=options,
        )
