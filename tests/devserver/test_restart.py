"""The restart wrapper restarts its command however it ended, and ends with its parent."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bench.harness.processes import PATIENCE_SECONDS
from spotifyweb.devserver.restart import Broker, RestartWrapper

NOTE = "import pathlib, sys; pathlib.Path(sys.argv[1]).open('a').write('x'); "


class Impatient(RestartWrapper):
    """Stops before the service would start for the fourth time; remembers how long it waited."""

    def __init__(self, command: list[str], *, broker: Broker | None = None) -> None:
        super().__init__(os.getpid(), command, broker=broker)
        self.waits: list[float] = []

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.stopping = len(self.waits) == 3


@pytest.mark.parametrize(
    "end", ["sys.exit(0)", "sys.exit(1)", "import os; os.kill(os.getpid(), 15)"]
)
def test_a_service_starts_again_however_it_ended_and_waits_longer_each_time(
    tmp_path: Path, end: str
) -> None:
    wrapper = Impatient([sys.executable, "-c", NOTE + end, str(tmp_path / "ran")])
    assert wrapper.run() == 0
    assert (tmp_path / "ran").read_text() == "xxx"
    assert wrapper.waits == [0.5, 1.0, 2.0]


def test_a_service_that_lost_its_broker_is_not_kept_waiting(tmp_path: Path) -> None:
    """The broker drops every connection, as one does that is killed again and again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drop_connections, args=(server, 3), daemon=True).start()
        broker = Broker(f"127.0.0.1:{server.getsockname()[1]}")
        command = [sys.executable, "-c", NOTE, str(tmp_path / "ran")]
        wrapper = Impatient(command, broker=broker)
        wrapper.run()
        broker.close()
    assert wrapper.waits == [0.5, 0.5, 0.5]


def drop_connections(server: socket.socket, count: int) -> None:
    for _ in range(count):
        server.accept()[0].close()


def test_a_broker_is_lost_when_its_connection_ends_or_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        broker = Broker(f"127.0.0.1:{server.getsockname()[1]}")
        broker.watch()
        peer, _ = server.accept()
        assert not broker.was_lost()
        peer.close()
        assert broker.was_lost()
    broker.watch()
    assert broker.was_lost()
    broker.close()


def test_a_stop_signal_during_the_wait_starts_nothing_more() -> None:
    wrapper = RestartWrapper(os.getpid(), [sys.executable, "-c", ""])
    before = signal.signal(signal.SIGTERM, wrapper.stop)
    try:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        wrapper.pause(PATIENCE_SECONDS)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert wrapper.stopping


def test_what_is_kept_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", ""])
    parent.wait()
    wrapper = RestartWrapper(parent.pid, [sys.executable, "-c", "import time; time.sleep(60)"])
    assert wrapper.run() == 0
