"""A clone of the repository as a newcomer has it, with an instance that `make run` started."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.harness.history_export import Export, write
from bench.harness.instance import Instance
from bench.harness.processes import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
NOT_IN_A_CLONE = (".git", ".venv", ".uv", "var", ".env", ".*_cache", "target", "logs")


@dataclass
class Clone(Instance):
    """An instance in a folder of its own, with an almost empty PATH and an empty HOME."""

    root: Path = field(default_factory=Path)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.root.parent / "home"),
            "WEB_PORT": str(self.web_port),
            "VALKEY_PORT": str(self.valkey_port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "SANDBOX_DEMO_DAYS": "0",
            "TRANSFORM_MIN_MINUTES": "600",  # builds are made by the documents' commands
        }

    def spawn(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                ["/usr/bin/make", "run"],
                cwd=self.root,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> int:
        """Send Ctrl-C to make and its children, as a terminal does."""
        if self.process is None:
            return 0
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["/bin/sh", "-ec", command],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=5 * PATIENCE_SECONDS,
            check=False,
        )


def clone_repository(to: Path) -> None:
    """Copy the sources, and link the packages that are installed already."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*NOT_IN_A_CLONE))
    packages = to / ".venv"
    packages.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name not in {".runtime", ".dev"}:
            (packages / entry.name).symlink_to(entry)
    for stamp in (packages / ".runtime", packages / ".dev", to / ".uv/bin/uv"):
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    for lock in to.glob("requirements*.lock"):
        os.utime(lock, (0, 0))  # older than what was installed from it


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "home").mkdir()
    root = folder / "Zoë's liner"
    clone_repository(root)
    write(root / "my_spotify_data.zip", Export(count=300, seed=4).rows())
    clone = Clone(root / "var", root=root)
    try:
        clone.start()
        yield clone
    finally:
        clone.stop()
