"""Erase a listener everywhere, for somebody who cannot do it under Settings themselves."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from spotifyweb.accounts.models import Listener
from spotifyweb.privacy import requests
from spotifyweb.privacy.requests import Retention


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user_id")
        parser.add_argument("--only-spotify", action="store_true", help="keep imported archives")
        parser.add_argument("--json", action="store_true", help="print what was removed as JSON")

    def handle(self, *_args: Any, user_id: str, **options: Any) -> None:
        listener = Listener.objects.filter(user_id=user_id).first()
        if listener is None:
            raise CommandError(f"there is no listener with the id {user_id}")
        choice = Retention.SPOTIFY if options["only_spotify"] else Retention.EVERYTHING
        removed = requests.close_account_now(listener, choice, clock=timezone.now)
        if options["json"]:
            self.stdout.write(json.dumps({"choice": choice.value, "removed": removed}))
            return
        for what, count in removed.items():
            self.stdout.write(f"{count:>10,}  {what}")
        self.stdout.write(
            "A worker rebuilds the warehouse and completes the erasure in 10 minutes."
        )
