"""manage.py pipeline: consume, then transform."""

import json
from io import StringIO
from typing import Any

from django.core.management import call_command

from spotifyweb.commands import JsonCommand

STAGES = ("consume", "transform")


class Command(JsonCommand):
    help = "Land what is in the event log in the lake, then build and publish the warehouse."

    def handle(self, *_: Any, **options: Any) -> None:
        results = {stage: self._run(stage) for stage in STAGES}
        landed, built = results["consume"], results["transform"]
        line = f"Landed {landed['records']:,} records; the build is {built['status']}."
        self.write_result(results, line, options=options)

    def _run(self, stage: str) -> Any:
        output = StringIO()
        call_command(stage, json=True, stdout=output)
        return json.loads(output.getvalue())
