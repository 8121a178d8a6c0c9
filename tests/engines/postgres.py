"""A real Postgres in a folder of its own, from Debian's package or any on the PATH."""

import getpass
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from bench.harness.processes import free_port


def binaries() -> Path | None:
    """Where initdb and pg_ctl lie; None where there is no Postgres."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    return found[0].parent if found else Path(on_path).resolve().parent if on_path else None


@dataclass
class Postgres:
    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"postgres://house@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Raises CalledProcessError, with Postgres' own words on stderr, when it will not start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if getpass.getuser() == "root":  # Postgres refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
        self.run("initdb", "-D", str(self.data), "-U", "house", "--auth=trust", "--no-sync")
        self.control("start")

    def restart(self) -> None:
        """Close each connection and come back, as after an update."""
        self.control("restart", "-m", "fast")

    def stop(self) -> None:
        self.control("stop", "-m", "immediate")

    def control(self, *command: str) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        where = ["-D", str(self.data), "-l", str(self.folder / "log"), "-o", options]
        self.run("pg_ctl", *command, "-w", *where)

    def run(self, tool: str, *arguments: str) -> None:
        folder = binaries()
        if folder is None:
            raise RuntimeError("there is no Postgres on this machine")
        as_user = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
        subprocess.run(
            [*as_user, str(folder / tool), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )

    @property
    def data(self) -> Path:
        return self.folder / "data"
