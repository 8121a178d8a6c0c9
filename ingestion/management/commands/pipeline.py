"""manage.py pipeline: consume, then transform."""

import json
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

STAGES = ("consume", "transform")


class Command(BaseCommand):
    help = "Land what is in the event log in the lake, then build and publish the warehouse."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print both results as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        results = {stage: self._run(stage) for stage in STAGES}
        if options["json"]:
            self.stdout.write(json.dumps(results))

    def _run(self, stage: str) -> Any:
        output = StringIO()
        call_command(stage, json=True, stdout=output)
        return json.loads(output.getvalue())
