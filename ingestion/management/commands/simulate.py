"""Invents listeners and their history, and sends it through the event log."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ingestion import simulation
from spotifyweb import clients
from spotifyweb.commands import JsonCommand


class Command(JsonCommand):
    help = "Invent listeners and days of listening; then run `consume` and `transform`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--users", type=int, default=5, help="the first five can log in")
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--until", help="where the history ends, ISO 8601; now, when left out")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["users"] < 1 or options["days"] < 1:
            raise CommandError("--users and --days must be at least 1")
        now = datetime.now(UTC)
        until = _moment(options["until"]) if options["until"] else now
        with _progress() as progress:
            bar = progress.add_task("Inventing listeners", total=options["users"])
            counts = simulation.simulate(
                users=options["users"],
                days=options["days"],
                seed=options["seed"],
                until=until,
                log=clients.event_log(),
                now=now,
                on_progress=lambda done: progress.update(bar, completed=done),
            )
        line = f"{counts['events']:,} events. Now: consume, then transform."
        self.write_result({**counts, "until": until}, line, options=options)


def _moment(text: str) -> datetime:
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--until {text!r} is not an ISO 8601 time") from None
    return until if until.tzinfo else until.replace(tzinfo=UTC)


def _progress() -> Progress:
    """Show progress to people, on stderr: stdout belongs to the result."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)
