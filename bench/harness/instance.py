"""The whole application in its own processes, as `make run` starts it, on free ports."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from bench.harness.processes import PATIENCE_SECONDS, free_port

ROOT = Path(__file__).parents[2]
OURS = ("REDIS_URL", "EVENT_LOG_URL", "LAKE_URL", "WAREHOUSE_URL", "DATABASE_URL", "SITE_URL")


@dataclass
class Instance:
    """`start()` returns when the web answers; `stop()` is Ctrl-C."""

    folder: Path
    web_port: int = field(default_factory=free_port)
    valkey_port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)
    demo_days: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def redis_url(self) -> str:
        """Return the address of Valkey with the password that the instance made for itself."""
        kept = dict(line.split("=", 1) for line in (self.folder / "keys.env").read_text().split())
        return f"redis://:{quote(kept['VALKEY_PASSWORD'])}@127.0.0.1:{self.valkey_port}/0"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        return kept | {
            "DATA_DIR": str(self.folder),
            "WEB_PORT": str(self.web_port),
            "VALKEY_PORT": str(self.valkey_port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "SANDBOX_DEMO_DAYS": str(self.demo_days),
        }

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start and do not wait; output goes to `log`."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "spotifyweb.devserver"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self, *, patience_seconds: float = 2 * PATIENCE_SECONDS) -> None:
        self.process = self.spawn()
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.answers():
                return
            time.sleep(0.2)
        raise AssertionError(f"the instance does not answer: {self.output()[-3000:]}")

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/login/", timeout=30).ok
        except requests.RequestException:
            return False

    def stop(self) -> int:
        """Send Ctrl-C and return the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=PATIENCE_SECONDS)
        self.process = None
        return code

    def manage(self, *command: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "manage.py", *command, "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=5 * PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def control(self, name: str, **order: object) -> Any:
        """Call an action of the sandbox, e.g. `control("player", account_id=…, do="skip")`."""
        where = f"http://127.0.0.1:{self.sandbox_port}/sandbox/{name}"
        answer = requests.post(where, json=order, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_for_call(self, endpoint: str, *, patience_seconds: float = 20) -> None:
        """Wait for a call of a login's fetch; none follows a fetch of moments before."""
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline and endpoint not in self.control("calls"):
            time.sleep(0.2)

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""
