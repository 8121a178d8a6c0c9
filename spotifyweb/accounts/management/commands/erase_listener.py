"""Erase a listener everywhere, for somebody who cannot do it under Settings themselves."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from spotifyweb.accounts import erasing
from spotifyweb.accounts.models import Listener


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user_id")
        parser.add_argument("--only-spotify", action="store_true", help="keep imported archives")
        parser.add_argument("--json", action="store_true", help="what was removed, as JSON")

    def handle(self, *_args: Any, user_id: str, **options: Any) -> None:
        listener = Listener.objects.filter(user_id=user_id).first()
        if listener is None:
            raise CommandError(f"there is no listener with the id {user_id}")
        only = options["only_spotify"]
        choice = erasing.Choice.SPOTIFY if only else erasing.Choice.EVERYTHING
        removed = erasing.leave_at_once(listener, choice, clock=timezone.now)
        if options["json"]:
            self.stdout.write(json.dumps({"choice": choice.value, "removed": removed}))
            return
        for what, count in removed.items():
            self.stdout.write(f"{count:>10,}  {what}")
        self.stdout.write("A worker builds the warehouse anew and completes this in ten minutes.")
