"""manage.py restore: fill an empty install from a backup, without later erasures, and build."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from redis import RedisError
from rich.console import Console

from ingestion.backup import restoration
from ingestion.backup.archive import BackupError
from ingestion.backup.restoration import RestoreReport
from spotifyweb.commands import JsonCommand
from spotifyweb.devserver import environment
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError

FAILURES = (BackupError, LakeError, LogError, RedisError, environment.StartupError, OSError)


class Command(JsonCommand):
    help = "Fill an empty DATA_DIR, or empty engines, from a backup; ends with a build."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("place", metavar="PATH|s3://BUCKET/PREFIX")
        parser.add_argument("--name", default="", help="of the backup; the newest, when left out")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            with environment.stopped_install():
                done = self._restore(**options)
                self._land()
                built = StringIO()
                call_command("rebuild", json=True, stdout=built)
        except FAILURES as error:
            raise CommandError(f"not restored: {error}") from error
        what = f"{done.objects:,} objects, {done.records:,} waiting events"
        lines = [f"{done.name}: {what}, {done.erasures} erasures since."]
        if done.logins:
            lines.append(
                f"{done.logins} listeners have to log in to Spotify again: these TOKEN_KEYS do not"
                " open the tokens of the backup."
            )
        result = {**asdict(done), "build": json.loads(built.getvalue())}
        self.write_result(result, *lines, options=options)

    def _restore(self, *, place: str, name: str, **_: Any) -> RestoreReport:
        with Console(file=sys.stderr).status("Restoring") as status:
            return restoration.restore(place, name=name, clock=timezone.now, note=status.update)

    def _land(self) -> None:
        """Land what waited in the log before the build; what cannot land now waits for a worker."""
        try:
            call_command("consume", json=True, stdout=StringIO())
        except CommandError as error:
            self.stderr.write(f"some events wait in the log: {error}")
