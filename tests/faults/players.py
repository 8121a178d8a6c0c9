"""A house with people whose pages are open: logging in, sockets, and processes to kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import orjson
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from bench.harness.instance import ROOT, Instance
from bench.harness.processes import PATIENCE_SECONDS, free_port

ALIVE_SECONDS = 20  # as live.js


def log_in(instance: Instance, account_id: str) -> str:
    """The whole way through the sandbox's consent; returns the session's cookie."""
    visit = requests.Session()
    visit.get(f"{instance.url}/login/", timeout=PATIENCE_SECONDS)
    form = {"csrfmiddlewaretoken": visit.cookies["csrftoken"], "next": "/now/"}
    away = visit.post(
        f"{instance.url}/login/", data=form, timeout=PATIENCE_SECONDS, allow_redirects=False
    )
    address = away.headers["Location"]
    consent = dict(parse_qsl(urlsplit(address).query))
    consent |= {"account_id": account_id, "decision": "allow"}
    back = requests.post(
        address.split("?")[0], data=consent, timeout=PATIENCE_SECONDS, allow_redirects=False
    )
    assert visit.get(back.headers["location"], timeout=PATIENCE_SECONDS).ok
    return str(visit.cookies["sessionid"])


@dataclass
class OpenPage:
    """What an open page does: hold a socket, reconnect, remember the last state."""

    session: str
    port: int
    socket: ClientConnection | None = None
    opened: ExitStack = field(default_factory=ExitStack)

    def connect(self) -> None:
        opening = connect(
            f"ws://127.0.0.1:{self.port}/ws/now/",
            additional_headers={"Cookie": f"sessionid={self.session}"},
            origin=Origin(f"http://127.0.0.1:{self.port}"),
            open_timeout=60,
            legacy=False,
        )
        self.socket = self.opened.enter_context(opening)

    def title(self, *, within_seconds: float) -> str | None:
        """The title of the next state; None when nothing came. Reconnects as the page does."""
        try:
            if self.socket is None:
                self.connect()
            assert self.socket is not None
            message = orjson.loads(self.socket.recv(timeout=within_seconds))
        except TimeoutError:
            return None
        except (ConnectionClosed, OSError):
            self.close()
            time.sleep(0.5)
            return None
        return str(message["state"]["title"]) if message["type"] == "state" else None

    def shows(self, title: str, *, within_seconds: float = PATIENCE_SECONDS) -> float:
        """Seconds until it showed that title; asks for a sign of life like the page does."""
        began = signed_at = time.monotonic()
        while time.monotonic() - began < within_seconds:
            if self.title(within_seconds=1) == title:
                return time.monotonic() - began
            if time.monotonic() - signed_at > ALIVE_SECONDS and self.socket is not None:
                signed_at = time.monotonic()
                with suppress(ConnectionClosed):
                    self.socket.send("alive")
        raise AssertionError(f"{title!r} did not show within {within_seconds} s")

    def close(self) -> None:
        self.opened.close()
        self.socket = None


@contextmanager
def open_page(instance: Instance, session: str, *, port: int | None = None) -> Iterator[OpenPage]:
    page = OpenPage(session, port or instance.web_port)
    yield page
    page.close()


@contextmanager
def second_web(instance: Instance) -> Iterator[int]:
    """Another web process of the same house, as a deployment with two of them has; its port."""
    port = free_port()
    command = ["-m", "uvicorn", "spotifyweb.asgi:application", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, *command, "--lifespan", "off", "--log-level", "error"],
        cwd=ROOT,
        env=instance.environment,
    )
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def processes(instance: Instance, word: str) -> list[int]:
    """Processes of this house whose command line holds the word, without the supervisor."""
    ports = {"uvicorn": instance.web_port, "valkey-server": instance.valkey_port}
    mine = str(ports.get(word, instance.folder))
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdecimal():
            continue
        try:
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environment = (place / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in command and "supervisor.py" not in command and mine in command + environment:
            found.append(int(place.name))
    return found


def kill(instance: Instance, word: str) -> None:
    pids = processes(instance, word)
    assert pids, f"no process of {word}"
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
