"""Import a person's own history: the zip from Spotify, a folder, or JSON files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ingestion.history_import import jobs
from ingestion.models import HistoryImport
from spotifyweb import clients, locks
from spotifyweb.accounts.models import Listener
from spotifyweb.commands import JsonCommand
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError


class Command(JsonCommand):
    help = "Import listening history for a listener; then run `consume` and `transform`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="zip, folder, JSON")
        parser.add_argument("--user", required=True, help="user_id; created if unknown")

    def handle(self, *_: Any, **options: Any) -> None:
        paths: list[Path] = options["paths"]
        history = HistoryImport.objects.create(
            listener=Listener.objects.local(options["user"]),
            file_name=", ".join(path.name for path in paths)[:255],
        )
        with _progress() as progress:
            bar = progress.add_task(history.file_name[:40], total=None)
            try:
                jobs.run_import(
                    history,
                    paths,
                    log=clients.event_log(),
                    now=timezone.now(),
                    on_progress=lambda read, all_: progress.update(bar, completed=read, total=all_),
                )
            except (LogError, LakeError, locks.LockHeld) as error:
                raise CommandError(f"{error}. Import it again: nothing counts twice.") from error
        if history.status == HistoryImport.Status.FAILED:
            raise CommandError(history.error)
        for file in history.rejected_files:
            self.stderr.write(file["reason"])
        counts = [f"{count:>10,}  {outcome}" for outcome, count in history.outcomes.items()]
        self.write_result(
            {"rows": history.rows, "outcomes": history.outcomes},
            *counts,
            f"{history.rows:>10,}  rows. Now: consume, then transform.",
            options=options,
        )


def _progress() -> Progress:
    """Show progress to people, on stderr: stdout belongs to the result."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
