"""manage.py doctor: every setting and engine, what is wrong with it, and the cure."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from spotifyweb import diagnosis
from spotifyweb.diagnosis import Finding

MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]look[/]", "wrong": "[red]wrong[/]"}


class Command(BaseCommand):
    help = "Check settings and engines; says what to do about each that is not well."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        findings = diagnosis.examine(now=timezone.now())
        is_well = not any(one.state == "wrong" for one in findings)
        if options["json"]:
            self.stdout.write(
                json.dumps({"ok": is_well, "findings": [asdict(one) for one in findings]})
            )
        else:
            Console(stderr=True).print(table(findings))
        if not is_well:
            raise SystemExit(1)


def table(findings: list[Finding]) -> Table:
    shown = Table("", "what", "value", "what to do", show_edge=False)
    for one in findings:
        shown.add_row(MARKS[one.state], one.name, one.value, one.cure)
    return shown
