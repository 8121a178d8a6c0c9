"""manage.py backup: database, log and lake into a folder or a bucket, while everything goes on."""

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from redis import RedisError
from rich.console import Console

from ingestion.backup import creation
from ingestion.backup.archive import BackupError
from spotifyweb import locks
from spotifyweb.commands import JsonCommand
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError

FAILURES = (BackupError, LakeError, LogError, RedisError, locks.LockHeld, OSError)


class Command(JsonCommand):
    help = "Back up database, imports, log and lake. " + creation.KEYS_NOTE

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("place", metavar="PATH|s3://BUCKET/PREFIX")
        parser.add_argument(
            "--keep", type=int, default=0, help="delete all but this many of the newest backups"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            with Console(file=sys.stderr).status("Backing up") as status:
                made = creation.create(
                    options["place"], now=timezone.now(), keep=options["keep"], note=status.update
                )
        except FAILURES as error:
            raise CommandError(f"no backup was made: {error}") from error
        what = f"{made.name}: {made.objects:,} objects, {made.records:,} waiting events."
        self.write_result(asdict(made), what, creation.KEYS_NOTE, options=options)
