"""Allow a Spotify account on this instance, before or after it first tried to log in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from spotifyweb.accounts.models import Listener

NO_ADMIN = (
    "This site has no admin yet, and the first to log in would become it: log in yourself first,"
    " or name the admin with --admin."
)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user_id", help="the id that the page “not on this site's list” shows")
        parser.add_argument("--admin", action="store_true", help="may use /admin/ too")

    def handle(self, *_args: Any, user_id: str, admin: bool, **_options: Any) -> None:
        if not admin and not Listener.objects.filter(is_superuser=True).exists():
            raise CommandError(NO_ADMIN)
        listener = Listener.objects.local(user_id)
        listener.is_active = True
        if admin:
            listener.is_staff = listener.is_superuser = True
        listener.save()
        role = "an admin" if listener.is_staff else "allowed"
        self.stdout.write(f"{listener} is {role} here.")
