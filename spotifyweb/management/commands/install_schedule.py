from typing import Any

from django.core.management.base import BaseCommand

from spotifyweb import schedule


class Command(BaseCommand):
    """Install what happens by itself; `migrate` does it too. Changes made in the admin stay."""

    help = __doc__ or ""

    def handle(self, *_: Any, verbosity: int = 1, **__: Any) -> None:
        new = schedule.install()
        if verbosity:
            self.stderr.write(
                f"{len(schedule.TABLE)} periodic tasks, {len(new)} new: {', '.join(new) or '-'}"
            )
