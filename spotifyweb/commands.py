"""The base class of this project's management commands."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

import orjson
from django.core.management.base import BaseCommand


class JsonCommand(BaseCommand):
    """Print the result as lines for people, or with `--json` as one JSON document on stdout.

    Progress and warnings belong on stderr, so that a script can read stdout as it is.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print the result as one JSON document"
        )

    def write_result(
        self, result: Mapping[str, Any], *lines: str, options: Mapping[str, Any]
    ) -> None:
        """Write `result` as JSON if `options` ask for it, else the lines."""
        if options["json"]:
            self.stdout.write(orjson.dumps(result, option=orjson.OPT_NON_STR_KEYS).decode())
            return
        for line in lines:
            self.stdout.write(line)
