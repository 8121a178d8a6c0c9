"""Run the sandbox, the imitation of Spotify for demo and tests."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from spotifyweb.sandbox import server
from spotifyweb.sandbox.state import (
    DEVMODE,
    LEGACY,
    REALISTIC_RATE_LIMIT,
    REALISTIC_RECENTLY_PLAYED,
    SandboxState,
)


class Command(BaseCommand):
    requires_system_checks = ()  # it needs no database, and starts before there is one
    help = "Serve invented listeners and music the way Spotify's accounts and API hosts do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.SANDBOX_PORT)
        parser.add_argument("--profile", choices=[DEVMODE, LEGACY], default=DEVMODE)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *_: Any, **options: Any) -> None:
        state = SandboxState(
            seed=options["seed"],
            profile=options["profile"],
            clients={settings.SPOTIFY_CLIENT_ID: settings.SPOTIFY_CLIENT_SECRET},
            redirect_uris={settings.SPOTIFY_REDIRECT_URI},
            recently_played=REALISTIC_RECENTLY_PLAYED,
            rate_limit=REALISTIC_RATE_LIMIT,
        )
        self.stderr.write(f"Sandbox at http://{options['host']}:{options['port']}/")
        server.create_server(state, host=options["host"], port=options["port"]).run()
