"""How good are the recommendations? Measured on what was played next, never on what was learned."""

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console
from rich.status import Status
from rich.table import Table

from recommendations.evaluation import history, monthly, runner
from recommendations.models import Evaluation
from spotifyweb import clients
from spotifyweb.commands import JsonCommand
from spotifyweb.warehouse import WarehouseError
from spotifyweb.warehouse.scratch import Scratch

QUESTIONS = {
    "next": (
        "What is played next in the session",
        ["ndcg@10", "mrr@10", "hit_rate@10", "next ten ndcg@10", "next ten recall@10"],
    ),
    "new": ("Which new tracks are played", ["ndcg@50", "recall@50", "precision@10"]),
    "rediscovery": (
        "Which favourites are played again after a month",
        ["ndcg@50", "recall@50", "precision@10"],
    ),
}


class Command(JsonCommand):
    help = (
        "Evaluate the recommendations on this install's own history, or on a Parquet file of "
        "user_id, track_id, artist_name, played_at and, where known, ms_played."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("parquet", nargs="?", type=Path)
        parser.add_argument("--refit-days", type=float, default=14, help="learn anew so often")
        parser.add_argument("--test-share", type=float, default=0.25, help="of plays, the newest")
        parser.add_argument("--cases", type=int, default=0, help="at most so many per window")
        parser.add_argument(
            "--monthly", action="store_true", help="as beat runs it, with limits of time and memory"
        )
        parser.add_argument(
            "--together", action="store_true", help="the file's listeners share one install"
        )

    def handle(self, *_: object, **options: Any) -> None:
        if options["monthly"]:
            monthly.run(warehouse=clients.warehouse(), now=timezone.now())
            return
        path: Path | None = options["parquet"]
        if path and not path.is_file():
            raise CommandError(f"{path} is no file")
        try:
            chosen = runner.EvaluationOptions(
                test_share=options["test_share"],
                refit_days=options["refit_days"],
                together=options["together"] or path is None,
                most_cases=options["cases"],
            )
            figures = self._figures(path, chosen)
        except (WarehouseError, ValueError) as error:
            raise CommandError(str(error)) from error
        self._keep(path, figures)
        self.write_result(figures, options=options)
        if not options["json"]:
            self._print(figures)

    def _figures(self, path: Path | None, options: runner.EvaluationOptions) -> dict[str, Any]:
        with Scratch() as scratch, Status("reading", console=Console(stderr=True)) as status:
            if path:
                history.from_parquet(scratch, path)
            else:
                members = history.from_install(scratch, clients.warehouse())
                options = replace(options, members=members)
            return runner.evaluate(
                scratch,
                options=options,
                parameters=settings.RECOMMENDING,
                progress=status.update,
            )

    def _keep(self, path: Path | None, figures: dict[str, Any]) -> None:
        if path is None:
            monthly.keep(figures, warehouse=clients.warehouse(), now=timezone.now())
        else:
            Evaluation.objects.create(
                source=path.name, evaluated_at=timezone.now(), figures=figures
            )

    def _print(self, figures: dict[str, Any]) -> None:
        console = Console(
            file=cast(IO[str], self.stdout), width=None if self.stdout.isatty() else 220
        )
        for question, (title, names) in QUESTIONS.items():
            console.print(_table(title, names, figures[question]))
        console.print(
            f"{figures['cases']} cases; learned anew every {figures['refit_days']:g} days; "
            f"the newest {figures['test_share']:.0%} of the plays were asked for."
        )
        if not figures["implicit"]:
            console.print("implicit is not installed (development extra): not compared with it.")


def _table(title: str, names: list[str], rows: dict[str, Any]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("contender")
    for name in names:
        table.add_column(name, justify="right")
    listeners = sorted({user for row in rows.values() for user in row["listeners"]})[:5]
    for user in listeners:
        table.add_column(f"{names[0]} {user}", justify="right")
    extras = [name for name in ("empty", "coverage") if any(name in row for row in rows.values())]
    for extra in extras:
        table.add_column(extra, justify="right")
    for contender, row in rows.items():
        cells = [_cell(row, name) for name in names]
        cells += [_number(row["listeners"].get(user, {}).get(names[0])) for user in listeners]
        table.add_row(contender, *cells, *(f"{row[extra]:.0%}" for extra in extras))
    return table


def _cell(row: dict[str, Any], name: str) -> str:
    between = row["intervals"].get(name)
    spread = f" ({between[0]:.3f} to {between[1]:.3f})" if between else ""
    return _number(row.get(name)) + spread


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
