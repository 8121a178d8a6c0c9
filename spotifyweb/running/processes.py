"""The processes of this house, under honcho: their lines in one place, one Ctrl-C for all."""

import shlex
import sys
from urllib.parse import urlsplit

from django.conf import settings
from honcho.manager import Manager

from spotifyweb.running.machine import kept

PYTHON = sys.executable
# Each request runs in a thread of its own, and glibc gives threads arenas that it hardly returns:
# with two of them the web keeps 34 MB of a load instead of 75.
FEW_ARENAS = ["env", "MALLOC_ARENA_MAX=2"]


def commands() -> dict[str, list[str]]:
    """Name to command line; the sandbox only where no Spotify credentials are set."""
    celery = [PYTHON, "-m", "celery", "-A", "spotifyweb"]
    worker = [*celery, "worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    found = {
        "web": [
            *FEW_ARENAS,
            PYTHON,
            "-m",
            "uvicorn",
            "spotifyweb.asgi:application",
            *web_options(),
        ],
        "worker": [*worker, "-n", "main@%h", "-Q", "celery", "--concurrency", "2"],
        "now": [*worker, "-n", "now@%h", "-Q", "now", "--pool", "threads", "--concurrency", "8"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""],
    }
    if settings.SANDBOX:
        port = str(settings.SANDBOX_PORT)
        found["sandbox"] = [PYTHON, "manage.py", "sandbox_spotify", "--port", port]
    return found


def web_options() -> list[str]:
    where = ["--host", settings.WEB_HOST, "--port", str(settings.WEB_PORT)]
    quiet = ["--log-level", "warning", "--no-access-log", "--lifespan", "off"]
    return [*where, *quiet, "--timeout-graceful-shutdown", "3"]


def broker_address() -> str:
    """host:port of Redis; "-" where it has none."""
    url = urlsplit(settings.REDIS_URL)
    return f"{url.hostname}:{url.port or 6379}" if url.hostname else "-"


def run_all() -> int:
    """Run until Ctrl-C or until one process cannot be kept alive; returns the exit code."""
    manager = Manager()
    for name, command in commands().items():
        broker = broker_address() if "celery" in command else "-"
        line = "exec " + shlex.join(kept(*command, broker=broker))
        manager.add_process(name, line, cwd=str(settings.BASE_DIR))
    manager.loop()
    return 0 if manager.returncode in (None, 0, 130, 143) else int(manager.returncode)
