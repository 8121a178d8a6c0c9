from typing import Any

from spotifyweb import periodic_tasks
from spotifyweb.commands import JsonCommand


class Command(JsonCommand):
    """Install the periodic tasks; `migrate` does it too. Changes made in the admin stay."""

    help = __doc__ or ""

    def handle(self, *_: Any, verbosity: int = 1, **options: Any) -> None:
        new = periodic_tasks.install()
        count = len(periodic_tasks.SCHEDULE)
        line = f"{count} periodic tasks, {len(new)} new: {', '.join(new) or '-'}"
        if verbosity:
            self.write_result({"tasks": count, "new": new}, line, options=options)
