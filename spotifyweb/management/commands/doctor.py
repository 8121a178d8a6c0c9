"""manage.py doctor: report every setting and dependency, what is wrong, and what to do."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone
from rich.console import Console
from rich.table import Table

from spotifyweb.commands import JsonCommand
from spotifyweb.monitoring import doctor, reconciliation
from spotifyweb.monitoring.doctor import Finding

LABELS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "wrong": "[red]wrong[/]"}


class Command(JsonCommand):
    help = "Check settings and dependencies, and print what to do about each problem."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--deep", action="store_true", help="also count log, lake, bronze, silver and gold"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        now = timezone.now()
        findings = doctor.examine(now=now)
        findings += reconciliation.reconcile(now=now) if options["deep"] else []
        is_well = not any(finding.state == "wrong" for finding in findings)
        result = {"ok": is_well, "findings": [finding_json(finding) for finding in findings]}
        self.write_result(result, options=options)
        if not options["json"]:
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
