"""The processes of an instance, under honcho: one output, one Ctrl-C for all."""

import shlex
import sys
from urllib.parse import urlsplit

from django.conf import settings
from honcho.manager import Manager

from spotifyweb.devserver.environment import restart_command

PYTHON = sys.executable
# Each request runs in its own thread, and glibc hardly returns the memory arenas of threads: with
# two arenas the web process keeps 34 MB after a load instead of 75.
FEW_ARENAS = ["env", "MALLOC_ARENA_MAX=2"]


def process_commands() -> dict[str, list[str]]:
    """Return command lines by name; the sandbox only where no Spotify credentials are set."""
    celery = [PYTHON, "-m", "celery", "-A", "spotifyweb"]
    worker = [*celery, "worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    by_name = {
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
        by_name["sandbox"] = [PYTHON, "manage.py", "sandbox_spotify", "--port", port]
    return by_name


def web_options() -> list[str]:
    where = ["--host", settings.WEB_HOST, "--port", str(settings.WEB_PORT)]
    quiet = ["--log-level", "warning", "--no-access-log", "--lifespan", "off"]
    return [*where, *quiet, "--timeout-graceful-shutdown", "3"]


def broker_address() -> str:
    """Return host:port of Redis; "-" where it listens on a socket."""
    url = urlsplit(settings.REDIS_URL)
    return f"{url.hostname}:{url.port or 6379}" if url.hostname else "-"


def run_all() -> int:
    """Run all processes until Ctrl-C; returns the exit code."""
    manager = Manager()
    for name, command in process_commands().items():
        broker = broker_address() if "celery" in command else "-"
        line = "exec " + shlex.join(restart_command(*command, broker=broker))
        manager.add_process(name, line, cwd=str(settings.BASE_DIR))
    manager.loop()
    return 0 if manager.returncode in (None, 0, 130, 143) else int(manager.returncode)
