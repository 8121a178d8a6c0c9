"""Run the sandbox, the imitation of Spotify for demo and tests."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from spotifyweb.commands import JsonCommand
from spotifyweb.sandbox import server
from spotifyweb.sandbox.state import (
    DEVMODE,
    LEGACY,
    REALISTIC_RATE_LIMIT,
    REALISTIC_RECENTLY_PLAYED,
    SandboxState,
)


class Command(JsonCommand):
    requires_system_checks = ()  # it needs no database, and starts before there is one
    help = "Serve invented listeners and music the way Spotify's accounts and API hosts do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--host", default=settings.SANDBOX_HOST)
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
        url = f"http://{options['host']}:{options['port']}/"
        if options["port"] == settings.SANDBOX_PORT:
            url = f"{settings.SANDBOX_URL}/"  # to be opened; a host of 0.0.0.0 is no address
        self.write_result({"url": url}, f"Sandbox at {url}", options=options)
        self.stdout.flush()  # it serves until it is stopped
        server.create_server(state, host=options["host"], port=options["port"]).run()
