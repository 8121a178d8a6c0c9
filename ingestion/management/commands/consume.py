"""manage.py consume: land what is in the event log in the lake, now."""

import sys
from argparse import ArgumentParser
from collections import Counter
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from redis import RedisError  # the lock's server is away
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ingestion.models import Stage, Trigger
from ingestion.operations import runs
from ingestion.pipeline import rejects, replay, sink
from ingestion.pipeline.sink_writer import SinkResult
from spotifyweb import clients, events, locks
from spotifyweb.commands import JsonCommand
from spotifyweb.eventlog import LogError, Start
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
        parser.add_argument(
            "--from",
            dest="at",
            metavar="TIME|OFFSET",
            help="first read again what has landed and the log still holds, and land what the lake"
            " lacks of it: from a time on, as 2026-11-28T10:00Z, or from an offset of --topic",
        )
        parser.add_argument("--partition", type=int, help="with --from, this one alone")

    def handle(self, *_: Any, **options: Any) -> None:
        topics = [options["topic"]] if options["topic"] else list(events.TOPICS)
        start = _start(**options)
        total, repetitions = {"records": 0, "objects": 0, "rejects": 0}, Counter[str]()
        with _progress() as progress:
            for topic in topics:
                result = self._sink(topic, progress, accept=options["accept_rejects"], start=start)
                total = {name: count + result.counts[name] for name, count in total.items()}
                repetitions += result.repetitions
        counts = ", ".join(f"{count:,} {name}" for name, count in total.items())
        again = [f"In the lake before: {n:,} ({why})." for why, n in repetitions.items()]
        summary = total | ({"repetitions": dict(repetitions)} if start or repetitions else {})
        self.write_result(summary, f"Landed: {counts}.", *again, options=options)

    def _sink(
        self, topic: str, progress: Progress, *, accept: bool, start: Start | None
    ) -> SinkResult:
        bar, now = progress.add_task(topic, note="reading"), timezone.now()

        def shown(result: SinkResult) -> None:
            progress.update(bar, note=f"{result.records:,} records, {result.rejects:,} set aside")

        try:
            with runs.recording(Stage.CONSUME, topic, now=now, trigger=Trigger.PERSON) as run:
                return sink.run_drain(
                    run,
                    topic=topic,
                    log=clients.event_log(),
                    store=clients.lake(),
                    limits=replace(sink.limits(), max_reject_share=1.0)
                    if accept
                    else sink.limits(),
                    now=now,
                    start=start,
                    on_batch=shown,
                )
        except locks.LockHeld:
            progress.update(bar, note="skipped: another run is landing it")
            return SinkResult()
        except FAILURES as error:
            raise CommandError(str(error)) from error


def _start(*, topic: str, at: str | None, partition: int | None, **_: Any) -> Start | None:
    """Return where a replay begins. Raises CommandError."""
    if at is None:
        if partition is not None:
            raise CommandError("--partition needs --from: without a replay all partitions are read")
        return None
    try:
        return replay.parse_start(at, topic=topic, partition=partition)
    except ValueError as error:
        raise CommandError(f"--from: {error}") from error


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<15}"),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
    )
