"""An isolated environment: a data folder, a Valkey, and Django on an empty database."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.harness.processes import free_port, start_valkey

ENGINES = ("EVENT_LOG_URL", "LAKE_URL", "WAREHOUSE_URL", "DATABASE_URL", "SPOTIFY_CLIENT_ID")


@contextlib.contextmanager
def isolated_environment() -> Iterator[Path]:
    """Set the environment before Django reads it; once in a process."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, port = Path(name), free_port()
        (folder / "valkey").mkdir()
        valkey = start_valkey(folder / "valkey", port)
        for engine in ENGINES:
            os.environ.pop(engine, None)
        os.environ |= {"DATA_DIR": name, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "spotifyweb.settings"
        try:
            _django()
            yield folder
        finally:
            valkey.kill()
            valkey.wait()


def _django() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
