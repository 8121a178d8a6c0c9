"""Show a listener's top recommendations with the parts of their scores."""

from argparse import ArgumentParser
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import CommandError
from rich.console import Console
from rich.table import Table

from recommendations.queries import ListenerQueries
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.commands import JsonCommand
from spotifyweb.warehouse import Row, WarehouseError

NUMBERS = ("Score", "Co-occurrence", "Affinity", "Source tracks")


class Command(JsonCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("user_id")
        parser.add_argument("--limit", type=int, default=10, help="how many, at most 50")

    def handle(self, *_args: Any, user_id: str, limit: int, **options: Any) -> None:
        if not Listener.objects.filter(user_id=user_id).exists():
            raise CommandError(f"there is no listener with the id {user_id}")
        queries = ListenerQueries(
            warehouse=clients.warehouse(), user_id=user_id, parameters=settings.RECOMMENDING
        )
        try:
            rows = queries.top_recommendations(limit)
        except WarehouseError as error:
            raise CommandError(str(error)) from error
        self.write_result({"user_id": user_id, "recommendations": rows}, options=options)
        if not options["json"]:
            self._print(rows)

    def _print(self, rows: list[Row]) -> None:
        if not rows:
            self.stdout.write("No recommendations yet.")
            return
        console = Console(
            file=cast(IO[str], self.stdout), width=None if self.stdout.isatty() else 220
        )
        console.print(_table(rows))


def _table(rows: list[Row]) -> Table:
    table = Table(box=None)
    table.add_column("Rank", justify="right")
    for name in ("Track", "Artist"):
        table.add_column(name)
    for name in NUMBERS:
        table.add_column(name, justify="right")
    table.add_column("Reason")
    for row in rows:
        table.add_row(
            f"{row['recommendation_rank']}",
            row["track_name"],
            row["artist_name"],
            f"{row['recommendation_score']:.2f}",
            f"{row['cooccurrence_score']:.3f}",
            f"{row['artist_score']:.2f}",
            f"{row['num_source_tracks']}",
            row["recommendation_reason"],
        )
    return table
