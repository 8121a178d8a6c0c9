"""manage.py snowflake_acceptance: try on a Snowflake account what Liner promises there."""

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console

from ingestion.pipeline import acceptance
from spotifyweb import clients
from spotifyweb.commands import JsonCommand
from spotifyweb.warehouse import WarehouseError


class Command(JsonCommand):
    help = (
        "Try on a Snowflake account what Liner promises there, in about ten minutes. Logs in as"
        " SNOWFLAKE_SETUP_URL, an ACCOUNTADMIN; everything is called LINER_ACCEPTANCE, and removed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--list", action="store_true", help="only list what would be tried")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["list"]:
            promises = list(acceptance.PROMISES)
            self.write_result({"promises": promises}, *promises, options=options)
            return
        try:
            results = self._try_all()
        except WarehouseError as error:
            raise CommandError(str(error)) from error
        lines = [f"{'pass' if each.passed else 'FAIL'}  {each.promise}" for each in results]
        self.write_result({"results": [asdict(each) for each in results]}, *lines, options=options)
        if not all(each.passed for each in results):
            sys.exit(1)

    def _try_all(self) -> list[acceptance.Result]:
        """Try each promise, and tell on stderr why one failed as soon as it did."""
        results = []
        with Console(file=sys.stderr).status("Trying the account") as status:
            for result in acceptance.results(clients.snowflake_admin(), now=timezone.now()):
                results.append(result)
                reason = "" if result.passed else result.said
                status.console.print(result.promise, reason, markup=False)
        return results
