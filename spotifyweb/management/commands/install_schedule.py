from typing import Any

from django.core.management.base import BaseCommand

from spotifyweb import periodic_tasks


class Command(BaseCommand):
    """Install the periodic tasks; `migrate` does it too. Changes made in the admin stay."""

    help = __doc__ or ""

    def handle(self, *_: Any, verbosity: int = 1, **__: Any) -> None:
        new = periodic_tasks.install()
        if verbosity:
            self.stderr.write(
                f"{len(periodic_tasks.SCHEDULE)} periodic tasks,"
                f" {len(new)} new: {', '.join(new) or '-'}"
            )
