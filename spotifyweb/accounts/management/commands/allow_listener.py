"""Allow a Spotify account on this instance, before or after it first tried to log in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from spotifyweb.accounts.models import Listener
from spotifyweb.commands import JsonCommand

NO_ADMIN = (
    "This site has no admin yet, and the first to log in would become it: log in yourself first,"
    " or name the admin with --admin."
)


class Command(JsonCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("user_id", help="the id that the page “not on this site's list” shows")
        parser.add_argument("--admin", action="store_true", help="may use /admin/ too")

    def handle(self, *_args: Any, user_id: str, admin: bool, **options: Any) -> None:
        if not admin and not Listener.objects.filter(is_superuser=True).exists():
            raise CommandError(NO_ADMIN)
        listener = Listener.objects.local(user_id)
        listener.is_active = True
        if admin:
            listener.is_staff = listener.is_superuser = True
        listener.save()
        role = "an admin" if listener.is_staff else "allowed"
        result = {"user_id": user_id, "allowed": True, "admin": listener.is_staff}
        self.write_result(result, f"{listener} is {role} here.", options=options)
