"""The processes of an instance, and their start under a supervisor that is not Django."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings

from spotifyweb.devserver import announcement, supervisor
from spotifyweb.devserver.environment import EmbeddedValkey

PYTHON = sys.executable
ALONE = [PYTHON, "-I", "-S"]  # the standard library: a tenth of the memory
# Requests and tasks run in threads, and glibc hardly returns what they freed. With two arenas web
# keeps 34 MB after a load instead of 75; with fixed thresholds, and Arrow's memory from the
# same allocator, the worker keeps 174 MB after an import of 430,000 rows instead of 267.
ALLOCATOR = [
    "MALLOC_ARENA_MAX=2",
    "MALLOC_MMAP_THRESHOLD_=131072",
    "MALLOC_TRIM_THRESHOLD_=131072",
    "ARROW_DEFAULT_MEMORY_POOL=system",
]
HEARTBEAT_SECONDS = 10  # Celery's two wake worker, Valkey and disk; health allows ninety
WORKER_THREADS = 16  # an import of each of five listeners, a build, and room for the players


def process_commands() -> dict[str, list[str]]:
    """Return command lines by name; the sandbox only where no Spotify credentials are set."""
    python = ["env", *ALLOCATOR, PYTHON]
    celery = [*python, "-m", "celery", "-q", "-A", "spotifyweb"]
    worker = [*celery, "worker", "--loglevel", "WARNING"]
    by_name = {
        "web": [*python, "-m", "spotifyweb.devserver.uvicorn_server", *web_options()],
        "worker": [*worker, *worker_options()],
    }
    if settings.SANDBOX:
        port = str(settings.SANDBOX_PORT)
        by_name["sandbox"] = [PYTHON, "manage.py", "sandbox_spotify", "--port", port]
    return by_name


def web_options() -> list[str]:
    return ["--host", settings.WEB_HOST, "--port", str(settings.WEB_PORT)]


def worker_options() -> list[str]:
    """Return the options of one worker that does everything, with beat in a thread."""
    threads = ["--pool", "threads", "--concurrency", str(WORKER_THREADS)]
    alone = ["--without-gossip", "--without-mingle", "-n", "worker@%h"]
    quiet = ["--heartbeat-interval", str(HEARTBEAT_SECONDS)]
    return ["-Q", ",".join(settings.TASK_QUEUES), "--beat-thread", *threads, *alone, *quiet]


def broker_address() -> str:
    """Return host:port of Redis; "" where it listens on a socket, or Sentinels know where."""
    url = urlsplit(settings.REDIS_URL)
    is_one = url.scheme in ("redis", "rediss")
    return f"{url.hostname}:{url.port or 6379}" if is_one else ""


def services(valkey: EmbeddedValkey | None) -> list[dict[str, Any]]:
    """Return the services as the supervisor reads them; Valkey runs already and stops last."""
    found: list[dict[str, Any]] = [
        {"name": name, "command": command} for name, command in process_commands().items()
    ]
    for service in found:
        service["broker"] = broker_address() if service["name"] == "worker" else ""
    if valkey:
        own = {"name": "valkey", "command": valkey.command, "pid": valkey.pid, "is_last": True}
        found.insert(0, own)
    return found


def supervise(valkey: EmbeddedValkey | None, *, watchdog: int) -> NoReturn:
    """Become the supervisor of all processes: this process's memory is given back."""
    probe = f"http://127.0.0.1:{settings.WEB_PORT}/login/"
    note = " Sandbox: every listener and track is invented." if settings.SANDBOX else ""
    script = str(Path(announcement.__file__))
    subprocess.Popen([*ALONE, script, probe, settings.SITE_URL, note])
    os.chdir(settings.BASE_DIR)
    os.set_inheritable(watchdog, True)
    arguments = json.dumps({"services": services(valkey), "watchdog": watchdog})
    os.execv(PYTHON, [*ALONE, str(Path(supervisor.__file__)), arguments])  # noqa: S606
