"""manage.py transform: build the warehouse from the lake, test it, publish it."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ingestion.models import Stage, Trigger
from ingestion.operations import runs
from ingestion.pipeline import builds
from ingestion.pipeline.transformation import BuildFailed, Outcome
from spotifyweb import clients, locks
from spotifyweb.commands import JsonCommand
from spotifyweb.lake import LakeError
from spotifyweb.warehouse import WarehouseError


class Command(JsonCommand):
    help = "Build the warehouse from the lake, test it, and publish it when every test is green."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--full-refresh", action="store_true", help="from the lake alone")
        parser.add_argument(
            "--as-of",
            type=_moment,
            help="build as of that ISO 8601 time, from the lake alone",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            outcome = self._transform(as_of=options["as_of"], full_refresh=options["full_refresh"])
        except BuildFailed as red:
            self._write(red.outcome, options)
            raise CommandError(f"the last good build stays: {red}") from red
        except (locks.LockHeld, locks.LockLost, LakeError, WarehouseError) as error:
            raise CommandError(str(error)) from error
        self._write(outcome, options)

    def _transform(self, *, as_of: datetime | None, full_refresh: bool) -> Outcome:
        now = timezone.now()
        with (
            _progress() as bars,
            runs.recording(Stage.TRANSFORM, now=now, trigger=Trigger.PERSON) as run,
        ):
            bar = bars.add_task("starting dbt", total=None)
            return builds.run_transform(
                run,
                is_forced=True,
                store=clients.lake(),
                builds=clients.builds(),
                folder=settings.DATA_DIR / "dbt",
                now=as_of or now,
                full_refresh=full_refresh or as_of is not None,
                progress=lambda done, total, name: bars.update(
                    bar, completed=done, total=total, description=name
                ),
            )

    def _write(self, outcome: Outcome, options: Mapping[str, Any]) -> None:
        line = f"Build {outcome.build_id} is {outcome.status}."
        self.write_result(asdict(outcome), line, options=options)


def _moment(text: str) -> datetime:
    """Return an aware time in the past, in UTC where the text names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > timezone.now():
        raise ArgumentTypeError(f"{text!r} is in the future")
    return moment.astimezone(UTC)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<36}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
    )
