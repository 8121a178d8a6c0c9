from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from spotifyweb import clients
from spotifyweb.commands import JsonCommand
from spotifyweb.warehouse import WarehouseError, snowflake_setup
from spotifyweb.warehouse.snowflake_login import LoginInvalid

TRUST = "Let the AWS role in SNOWFLAKE_STORAGE_ROLE trust this user, with this external id:"


class Command(JsonCommand):
    """Set up a Snowflake account: roles, user, warehouse with a limit, database, stage on the lake.

    It may run twice. `--dry-run` prints the SQL, for an admin who pastes it into a worksheet.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="print the SQL, send nothing")
        parser.add_argument(
            "--destroy", action="store_true", help="drop all of it, with all data in it"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            setup = clients.snowflake_setup()
            statements = list(setup.removal() if options["destroy"] else setup.statements())
            omitted = [] if options["destroy"] else list(setup.omissions())
            if options["dry_run"]:
                self._write_sql(statements, omitted, options)
            else:
                self._send(setup, statements, omitted, options)
        except (WarehouseError, LoginInvalid) as error:
            raise CommandError(str(error)) from error

    def _write_sql(
        self, statements: list[str], omitted: list[str], options: dict[str, Any]
    ) -> None:
        lines = [f"-- {sentence}" for sentence in omitted] + [
            f"{statement};" for statement in statements
        ]
        self.write_result({"statements": statements, "omitted": omitted}, *lines, options=options)

    def _send(
        self,
        setup: snowflake_setup.Setup,
        statements: list[str],
        omitted: list[str],
        options: dict[str, Any],
    ) -> None:
        admin = clients.snowflake_admin()
        sent = snowflake_setup.run(admin, iter(statements))
        trusted = {} if options["destroy"] else snowflake_setup.trust(admin, setup)
        lines = [f"{sent} statements sent to {admin.account}", *omitted]
        lines += [TRUST, *(f"{key} = {value}" for key, value in trusted.items())] if trusted else []
        result = {"sent": sent, "omitted": omitted, "trust": trusted}
        self.write_result(result, *lines, options=options)
