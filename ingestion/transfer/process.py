"""The target's process: this program under the settings of another file, and nothing of ours.

It takes a request from its standard input and answers with one JSON document.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from ingestion.backup.archive import BackupError
from ingestion.transfer.request import TransferRequest

MACHINE = {  # what belongs to this machine, and is no setting of an install
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "TERM", "VIRTUAL_ENV",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
}  # fmt: skip
MACHINE_PREFIXES = ("LC_", "PYTHON", "COVERAGE_")


def environment(file: Path, *, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment in which the file alone says how the target is configured."""
    kept = {
        name: value
        for name, value in environ.items()
        if name.upper() in MACHINE or name.startswith(MACHINE_PREFIXES)
    }
    return kept | {"ENV_FILE": str(file.absolute())}


def ask(file: Path, request: TransferRequest, *, watchdog: int) -> dict[str, Any]:
    """Give the request to the target's process and return its answer; it ends with this one.

    Raises BackupError where it refuses, and where it cannot start.
    """
    with subprocess.Popen(
        [sys.executable, "manage.py", "migrate_install", "--receive"],
        cwd=settings.BASE_DIR,
        env=environment(file),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # the watchdog ends all that it starts
    ) as process:
        os.write(watchdog, f"+{process.pid}\n".encode())
        try:
            answer, _ = process.communicate(request.to_json())
        except BaseException:
            process.terminate()
            raise
        finally:
            os.write(watchdog, f"-{process.pid}\n".encode())
    if process.returncode or not answer:
        raise BackupError(f"{file}: its process ended with {process.returncode}, see above")
    result: dict[str, Any] = orjson.loads(answer)
    if refusal := result.get("refusal"):
        raise BackupError(f"{file}: {refusal}")
    return result
