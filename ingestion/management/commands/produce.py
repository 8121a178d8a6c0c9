"""manage.py produce: fetch what was played and liked since the last time, now."""

import sys
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from ingestion.fetch import producer
from ingestion.models import Run
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.commands import JsonCommand


class Command(JsonCommand):
    help = "Fetch recent plays and likes of every connected listener from Spotify."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--user", help="only this listener, by user_id")

    def handle(self, *_: Any, **options: Any) -> None:
        listeners = connected_listeners(options["user"])
        shown = track(listeners, "Asking Spotify", console=Console(file=sys.stderr))
        runs = [
            producer.fetch_safely(who, log=clients.event_log(), now=timezone.now()) for who in shown
        ]
        counts = summary(runs)
        line = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        self.write_result(counts, f"Fetched: {line}.", options=options)
        failed = [run for run in runs if run.status == Run.Status.FAILED]
        if failed:
            raise CommandError("\n".join(f"{run.subject}: {run.error}" for run in failed))


def connected_listeners(user_id: str | None) -> list[Listener]:
    found = Listener.objects.connected()
    if user_id is None:
        return list(found)
    listeners = list(found.filter(user_id=user_id))
    if not listeners:
        raise CommandError(f"no listener {user_id!r} is connected to Spotify")
    return listeners


def summary(runs: list[Run]) -> dict[str, int]:
    counts: Counter[str] = Counter({"plays": 0, "likes": 0, "tracks": 0, "odd": 0})
    for run in runs:
        counts.update(run.counts)
    failed = sum(run.status == Run.Status.FAILED for run in runs)
    return {"listeners": len(runs), "failed": failed, **counts}
