"""Tell whether a worker or beat of this host is alive: `python liveness.py NAME [SECONDS]`.

NAME is `beat`, or a worker's before its @. Each touches a file of its own below DATA_DIR, so that a
health check asks that very process. The standard library alone: a check by `celery inspect ping`
loads Django and goes through the broker, for two seconds of a core each time.
"""

import os
import socket
import sys
import time
from pathlib import Path

DEFAULT = Path(__file__).parents[2] / "var"
FOLDER, SECONDS = "alive", 90.0
TOUCH_SECONDS = 10.0  # seldom enough to let a disk sleep


def file_of(name: str, data_folder: Path) -> Path:
    """Return the file of that process; a name without a host is one of this host."""
    return data_folder / FOLDER / (name if "@" in name else f"{name}@{socket.gethostname()}")


def touch(path: Path) -> None:
    """Note that the process of this file lives. A full disk stops no work."""
    try:
        if not path.exists() or time.time() - path.stat().st_mtime > TOUCH_SECONDS:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.touch()
    except OSError:
        return


def main(name: str, seconds: str = str(SECONDS)) -> str:
    """Return why the process does not count as alive; "" where it does."""
    path = file_of(name, Path(os.environ.get("DATA_DIR") or DEFAULT))
    if not path.exists():
        return f"{path.name} does not run: {path} is missing"
    age = time.time() - path.stat().st_mtime
    return (
        "" if age <= float(seconds) else f"{path.name} gave no sign of life for {age:.0f} seconds"
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
