"""manage.py doctor: report every setting and dependency, what is wrong, and what to do."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from spotifyweb.monitoring import doctor
from spotifyweb.monitoring.doctor import Finding

LABELS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "wrong": "[red]wrong[/]"}


class Command(BaseCommand):
    help = "Check settings and dependencies, and print what to do about each problem."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        findings = doctor.examine(now=timezone.now())
        is_well = not any(finding.state == "wrong" for finding in findings)
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {"ok": is_well, "findings": [finding_json(finding) for finding in findings]}
                )
            )
        else:
            Console(stderr=True).print(table(findings))
        if not is_well:
            raise SystemExit(1)


def table(findings: list[Finding]) -> Table:
    rows = Table("", "what", "value", "what to do", show_edge=False)
    for finding in findings:
        rows.add_row(LABELS[finding.state], finding.name, finding.value, finding.hint)
    return rows


def finding_json(finding: Finding) -> dict[str, str]:
    """Return the finding under the JSON names that scripts read."""
    return {
        "name": finding.name,
        "state": finding.state,
        "value": finding.value,
        "cure": finding.hint,
    }
