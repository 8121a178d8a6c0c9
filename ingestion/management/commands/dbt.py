"""manage.py dbt ARGUMENTS…: run dbt as in dbt/, with the settings of this install."""

import json
import os
import sys
from argparse import REMAINDER, ArgumentParser
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from ingestion.pipeline import dbt_runner
from spotifyweb import clients
from spotifyweb.monitoring.upgrade import PROJECT


class Command(BaseCommand):
    help = (
        "Run dbt on the development database with this install's settings, for example `manage.py"
        " dbt build --select silver_plays`. Plain dbt does the same with the default settings."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="have dbt log lines of JSON")
        parser.add_argument("arguments", nargs=REMAINDER, help="what dbt is given")

    def handle(self, *_: Any, **options: Any) -> None:
        """Replace this process by dbt, whose exit code it has."""
        command = [sys.executable, "-m", "dbt.cli.main"]
        command += ["--log-format", "json"] if options["json"] else []
        command += options["arguments"]
        parameters = settings.RECOMMENDING
        if parameters != type(parameters)() and "--vars" not in command:
            command += ["--vars", json.dumps({"recommendations": asdict(parameters)})]
        os.chdir(PROJECT)
        os.execve(sys.executable, command, {**os.environ, **_environment()})  # noqa: S606 (no shell)


def _environment() -> dict[str, str]:
    """Return what `dbt/profiles.yml` and `dbt/macros/development.sql` read."""
    database = dbt_runner.development_database(settings.DATA_DIR / "dbt")
    environment = {**clients.duckdb_builds(database.parent).environment(database)}
    if urlsplit(settings.WAREHOUSE_URL).scheme == "duckdb":
        environment["DBT_PUBLISHED"] = str(clients.warehouse_folder()).replace("'", "''")
    return environment
