"""Health checks ask the very process, by the standard library alone."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spotifyweb.celery import heartbeats, liveness


def check(name: str, folder: Path) -> tuple[int, str]:
    """Run the script as a container's health check does."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", liveness.__file__, name],
        env={"DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_each_process_is_asked_by_its_name(folder: Path) -> None:
    now = datetime.now(UTC)
    heartbeats.record(heartbeats.BEAT, now=now)
    heartbeats.record("worker@there", now=now)
    assert check("beat", folder) == check("worker@there", folder) == (0, "")
    code, why = check("worker", folder)
    assert (code, "does not run" in why) == (1, True)

    then = time.time() - liveness.SECONDS - 1
    os.utime(liveness.file_of("worker@there", folder), (then, then))
    code, why = check("worker@there", folder)
    assert (code, "gave no sign of life for 91 seconds" in why) == (1, True)
    heartbeats.record("worker@there", now=now)
    assert check("worker@there", folder)[0] == 0

    heartbeats.forget("worker@there")
    assert check("worker@there", folder)[0] == 1
    assert check("beat", folder)[0] == 0


def test_a_folder_that_cannot_be_written_stops_no_work(folder: Path) -> None:
    (folder / liveness.FOLDER).write_text("a file")
    heartbeats.record("worker@there", now=datetime.now(UTC))
    assert "worker@there" in heartbeats.last_heartbeats()
