"""manage.py consume: land what is in the event log in the lake, now."""

import sys
from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from redis import RedisError  # the lock's server is away
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ingestion.models import Stage, Trigger
from ingestion.operations import runs
from ingestion.pipeline import rejects, sink
from ingestion.pipeline.sink import Limits, SinkResult
from spotifyweb import clients, events, locks
from spotifyweb.commands import JsonCommand
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError

FAILURES = (LogError, LakeError, locks.LockLost, rejects.TooManyRejects, RedisError)


class Command(JsonCommand):
    help = "Land what is in the event log in the lake, as Parquet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--topic", choices=events.TOPICS, help="only this one")
        parser.add_argument(
            "--accept-rejects", action="store_true", help="store rejects however many there are"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        topics = [options["topic"]] if options["topic"] else list(events.TOPICS)
        total = {"records": 0, "objects": 0, "rejects": 0}
        with _progress() as progress:
            for topic in topics:
                sunk = self._sink(topic, progress, accept=options["accept_rejects"]).counts
                total = {name: count + sunk[name] for name, count in total.items()}
        counts = ", ".join(f"{count:,} {name}" for name, count in total.items())
        self.write_result(total, f"Landed: {counts}.", options=options)

    def _sink(self, topic: str, progress: Progress, *, accept: bool) -> SinkResult:
        bar, now = progress.add_task(topic, note="reading"), timezone.now()

        def shown(sunk: SinkResult) -> None:
            progress.update(bar, note=f"{sunk.records:,} records, {sunk.rejects:,} set aside")

        try:
            with runs.recording(Stage.CONSUME, topic, now=now, trigger=Trigger.PERSON) as run:
                return sink.run_drain(
                    run,
                    topic=topic,
                    log=clients.event_log(),
                    store=clients.lake(),
                    limits=replace(limits(), max_reject_share=1.0) if accept else limits(),
                    now=now,
                    on_batch=shown,
                )
        except locks.LockHeld:
            progress.update(bar, note="skipped: another run is landing it")
            return SinkResult()
        except FAILURES as error:
            raise CommandError(str(error)) from error


def limits() -> Limits:
    """Return the settings' limits without one of time: a person waits for the end."""
    return Limits(
        max_records=settings.SINK_MAX_RECORDS,
        max_bytes=settings.SINK_MAX_BYTES,
        max_reject_share=settings.SINK_MAX_REJECT_SHARE,
    )


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<15}"),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
    )
