"""The steps of the Dockerfile, carried out in a folder of this machine instead of by a daemon.

The folder holds the image's `/app`, `/data`, `/tmp` and `/venv`. The base image is this machine and
its Python; all stages share one folder. What a step cannot be is an error, so that nothing drifts.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.build_context import BuildContext

ROOT = Path(__file__).parents[2]
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
OWN_PATHS = re.compile(r"(?<![\w.])/(?=(?:app|data|tmp|venv)\b)")


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions and their arguments, in order."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", "").splitlines()
    pairs = (line.strip().partition(" ") for line in lines if line.strip())
    return [(name, re.sub(r" +", " ", arguments.strip())) for name, _, arguments in pairs]


def command(name: str) -> list[str]:
    """Return the last CMD or HEALTHCHECK in the form of a list."""
    found = [arguments for each, arguments in instructions() if each == name]
    words: list[str] = json.loads(found[-1][found[-1].index("[") :])
    return words


@dataclass
class Image:
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    work_folder: str = "/"
    user: str = "0:0"

    def build(self) -> None:
        """Carry out every instruction. Raises CalledProcessError where a step fails."""
        for name in ("app", "data", "tmp"):
            (self.folder / name).mkdir()
        base = self.folder / "base"
        python = Path(sys.base_prefix) / "bin" / "python3"
        subprocess.run([python, "-m", "venv", base], check=True)
        for name, arguments in instructions():
            getattr(self, f"_{name.lower()}")(arguments)

    def here(self, text: str) -> str:
        """Return the text with the image's own paths in the folder."""
        return OWN_PATHS.sub(f"{self.folder}/", text)

    def run(self, words: list[str], **environment: str) -> "subprocess.Popen[str]":
        """Start a command as the image's user, with nothing but the image's environment."""
        user, group = self.user.split(":")
        rights = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        return subprocess.Popen(
            [*rights, "--no-new-privs", *map(self.here, words)],
            cwd=self.here(self.work_folder),
            env=self._variables() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _variables(self) -> dict[str, str]:
        path = f"{self.folder}/base/bin:{SYSTEM_PATH}"
        found = {"PATH": path}
        for name, value in self.environment.items():
            found[name] = self.here(value).replace("$PATH", path)
        return found

    def _from(self, _: str) -> None:
        self.environment, self.work_folder, self.user = {}, "/", "0:0"

    def _workdir(self, path: str) -> None:
        self.work_folder = path

    def _env(self, arguments: str) -> None:
        self.environment |= dict(word.split("=", 1) for word in shlex.split(arguments))

    def _run(self, script: str) -> None:
        """Run it as this machine reaches its package index, and with a Python that all may run."""
        where = self.here(self.work_folder)
        environment = {"HOME": os.environ.get("HOME", "/"), "UV_SYSTEM_CERTS": "true"}
        environment |= {"UV_PYTHON": shutil.which("python3", path=SYSTEM_PATH) or "python3"}
        environment |= self._variables()
        subprocess.run(["sh", "-ec", self.here(script)], cwd=where, env=environment, check=True)

    def _copy(self, arguments: str) -> None:
        """Copy from the build context; between stages nothing has to be copied."""
        *options, source, target = arguments.split()
        if options:
            assert source == target, arguments
            return
        names = BuildContext(ROOT).files() if source == "." else [source]
        for name in names:
            path = Path(self.here(target)) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, path)

    def _user(self, user: str) -> None:
        self.user = user

    def _volume(self, path: str) -> None:
        assert Path(self.here(path)).is_dir()

    def _expose(self, _: str) -> None:
        """Say nothing: ports are published by compose."""

    _cmd = _healthcheck = _expose  # `command` reads them
