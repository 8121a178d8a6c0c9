"""manage.py rebuild: the warehouse anew from the lake's bronze objects, which are the truth."""

import sys
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console

from ingestion.models import Stage, Trigger
from ingestion.operations import runs
from ingestion.pipeline import builds, transformation
from spotifyweb import clients, locks
from spotifyweb.commands import JsonCommand
from spotifyweb.lake import LakeError
from spotifyweb.warehouse import WarehouseError

# For a build that goes on. The lock of a dead one, or one that came with a copy, runs out sooner.
WAIT_SECONDS = 30 * 60
FAILURES = (transformation.BuildFailed, locks.LockHeld, locks.LockLost, LakeError, WarehouseError)


class Command(JsonCommand):
    help = "Build all anew from the lake alone, after a build that goes on; drop all earlier ones."

    def handle(self, *_: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            with (
                Console(file=sys.stderr).status("Rebuilding from the lake"),
                runs.recording(Stage.REBUILD, now=now, trigger=Trigger.PERSON) as run,
            ):
                outcome = builds.run_transform(
                    run,
                    is_forced=True,
                    store=clients.lake(),
                    builds=clients.builds(),
                    folder=settings.DATA_DIR / "dbt",
                    now=now,
                    full_refresh=True,
                    forget_older=True,
                    wait_seconds=WAIT_SECONDS,
                )
        except FAILURES as error:
            raise CommandError(f"the published build stays: {error}") from error
        line = f"Rebuilt from the lake: build {outcome.build_id} is {outcome.status}."
        self.write_result(asdict(outcome), line, options=options)
