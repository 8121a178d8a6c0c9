"""manage.py migrate_install: move this install to the engines of another settings file, or back."""

import sys
from argparse import SUPPRESS, ArgumentParser
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils import timezone
from redis import RedisError
from rich.console import Console

from ingestion.backup.archive import BackupError
from ingestion.pipeline.transformation import BuildFailed
from ingestion.transfer import process, source, target
from ingestion.transfer.request import CHECK, COMPLETE, TransferRequest, described_engines
from spotifyweb import locks
from spotifyweb.commands import JsonCommand
from spotifyweb.devserver import environment
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError
from spotifyweb.warehouse import WarehouseError

FAILURES = (
    BackupError, BuildFailed, CommandError, DatabaseError, ImproperlyConfigured, LakeError,
    LogError, OSError, RedisError, WarehouseError, environment.StartupError, locks.LockHeld,
    locks.LockLost,
)  # fmt: skip
EQUAL, DIFFERENT = "equal", "different"


class Command(JsonCommand):
    help = (
        "Move this install, stopped, to the empty engines of another settings file. This one stays"
        " as it is. Killed at any moment, run it again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--to", type=Path, metavar="FILE", help="settings in the form of .env")
        which.add_argument("--receive", action="store_true", help=SUPPRESS)
        parser.add_argument(
            "--dry-run", action="store_true", help="only ask whether the target can take it"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if options["receive"]:
            self._receive()
            return
        try:
            if not options["to"].is_file():
                raise BackupError(f"{options['to']}: there is no such file")
            with (
                environment.stopped_install(),
                target.sole_run(),
                environment.watchdog() as watchdog,
            ):
                result = _move(options["to"], is_dry=options["dry_run"], watchdog=watchdog)
        except FAILURES as error:
            raise CommandError(f"not moved: {error}") from error
        self.write_result(result, *_lines(result, file=options["to"]), options=options)
        if not result.get("is_equal", True):
            raise CommandError("gold differs: see the table. This install is as it was")

    def _receive(self) -> None:
        """Be the target's process: a request on standard input, one document on standard output."""
        request = TransferRequest.from_json(sys.stdin.buffer.read())
        try:
            with environment.stopped_install():
                result = _answer(request)
        except FAILURES as error:
            result = {"refusal": str(error)}
        self.write_result(result, options={"json": True})


def _move(file: Path, *, is_dry: bool, watchdog: int) -> dict[str, Any]:
    """Ask the target, prepare this install, fill the target, and look that nothing moved here."""
    answer = process.ask(file, source.question(), watchdog=watchdog)
    if is_dry:
        return {"source": described_engines(), **answer, **asdict(source.inventory())}
    request = source.prepare(clock=timezone.now, note=_note)
    filled = process.ask(file, request, watchdog=watchdog)
    source.require_unchanged(request)
    if filled["is_equal"]:
        process.ask(file, replace(request, task=COMPLETE), watchdog=watchdog)
        source.forget()
    return {"source": described_engines(), **filled}


def _answer(request: TransferRequest) -> dict[str, Any]:
    if request.task == COMPLETE:
        target.complete(request, now=timezone.now())
        return {"target": described_engines()}
    if request.task == CHECK:
        steps = target.check(request, now=timezone.now())
        return {"target": described_engines(), "finished": list(steps.finished)}
    filled = target.fill(request, clock=timezone.now, note=_note)
    return {"target": described_engines(), **asdict(filled), "is_equal": filled.is_equal}


def _note(text: str) -> None:
    Console(file=sys.stderr).print(f"{text} …", highlight=False)


def _lines(result: dict[str, Any], *, file: Path) -> list[str]:
    lines = [f"{name}: {result['source'][name]} → {url}" for name, url in result["target"].items()]
    if "tables" not in result:
        done = ", ".join(result["finished"]) or "nothing yet"
        what = f"{result['objects']:,} objects, {result['records']:,} waiting events"
        return [*lines, f"To move: {what}. Finished by an earlier run: {done}."]
    lines += [f"{'gold':<28}{'source':>12}{'target':>12}"]
    lines += [
        f"{row['table']:<28}{row['source_rows']:>12,}{row['target_rows']:>12,}  "
        + (EQUAL if row["is_equal"] else DIFFERENT)
        for row in result["tables"]
    ]
    lines.append(f"{result['rows']:,} rows, {result['objects']:,} objects.")
    if result["is_equal"]:
        lines.append(
            f"Start it with ENV_FILE={file.absolute()}. Never run both: each would fetch for the"
            " same listeners. What is erased there is not erased here: delete this one in time."
        )
    return lines
