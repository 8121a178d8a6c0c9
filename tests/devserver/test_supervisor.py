"""The supervisor starts services again however they ended, and stops them in order."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from bench.harness.processes import PATIENCE_SECONDS
from spotifyweb.devserver import supervisor, watchdog
from spotifyweb.devserver.supervisor import Broker, Service

NOTE = "import pathlib, sys; pathlib.Path(sys.argv[1]).open('a').write('x'); "
PATIENT = "import time; print('here', flush=True); time.sleep(60)"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code, *arguments]


def spawn(*services: dict[str, Any]) -> "subprocess.Popen[str]":
    """Start a supervisor of these services, with nobody behind its watchdog's pipe."""
    reading, writing = os.pipe()
    order = json.dumps({"services": services, "watchdog": writing})
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", supervisor.__file__, order],
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[writing],
    )
    os.close(reading)
    os.close(writing)
    return process


def stop(process: "subprocess.Popen[str]") -> str:
    """Send Ctrl-C; returns what was printed."""
    process.send_signal(signal.SIGINT)
    _, printed = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    return printed


def wait_for(path: Path, content: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (path.exists() and path.read_text().startswith(content)):
        assert time.monotonic() < deadline, path
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("end", "code"), [("sys.exit(0)", 0), ("sys.exit(1)", 1), ("import os; os.kill(0, 9)", -9)]
)
def test_a_service_starts_again_however_it_ended(tmp_path: Path, end: str, code: int) -> None:
    ran = tmp_path / "ran"
    process = spawn({"name": "short", "command": python(NOTE + end, str(ran))})
    wait_for(ran, "xx")
    printed = stop(process)
    assert f"short | ended with {code}, starting again in 0.5 s" in printed


def test_the_wait_grows_while_it_keeps_ending_early_and_not_after_a_long_life() -> None:
    service = Service(name="short", command=[])
    assert [service.end(now=0.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    service.started_at = 100.0
    assert service.end(now=161.0) == 0.5
    assert service.due_at == 161.5


def test_a_service_that_lost_its_broker_is_not_kept_waiting() -> None:
    """The broker drops every connection, as one does that is killed again and again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drop_connections, args=(server, 3), daemon=True).start()
        broker = Broker(f"127.0.0.1:{server.getsockname()[1]}")
        service = Service(name="worker", command=python(""), broker=broker)
        waits = []
        for _ in range(3):
            service.start(now=0.0).close()
            os.waitpid(service.pid, 0)
            waits.append(service.end(now=1.0))
        broker.close()
    assert waits == [0.5, 0.5, 0.5]


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


def test_lines_are_whole_and_named_and_what_has_no_end_is_printed_too(tmp_path: Path) -> None:
    code = "import sys, time; sys.stdout.write('one\\ntw'); sys.stdout.flush(); time.sleep(0.2);"
    code += NOTE + "print('o'); print('three', end='')"
    ran = tmp_path / "ran"
    process = spawn(
        {"name": "web", "command": python(code, str(ran))},
        {"name": "worker", "command": python(PATIENT)},
    )
    wait_for(ran, "xx")
    printed = stop(process)
    for line in ("web    | one\n", "web    | two\n", "web    | three\n", "worker | here\n"):
        assert line in printed


def test_the_last_service_ends_when_all_others_have(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    polite = (
        "import pathlib, signal, sys, time\n"
        "def end(*_): time.sleep(0.3); pathlib.Path(sys.argv[1]).open('a').write(sys.argv[2]);"
        " sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); pathlib.Path(sys.argv[3]).write_text('x')\n"
        "time.sleep(60)"
    )

    def service(name: str, **more: Any) -> dict[str, Any]:
        command = python(polite, str(ended), name[0], str(tmp_path / name))
        return {"name": name, "command": command, **more}

    process = spawn(service("valkey", is_last=True), service("worker"))
    for name in ("valkey", "worker"):
        wait_for(tmp_path / name, "x")
    stop(process)
    assert ended.read_text() == "wv"


def test_processes_of_a_killed_supervisor_end_with_it(tmp_path: Path) -> None:
    child = subprocess.Popen(python(PATIENT), start_new_session=True, stdout=subprocess.DEVNULL)
    gone = subprocess.Popen(python(""), start_new_session=True)
    dog = subprocess.Popen(
        [sys.executable, "-I", "-S", watchdog.__file__], stdin=subprocess.PIPE, text=True
    )
    assert dog.stdin is not None
    dog.stdin.write(f"+{gone.pid}\n+{child.pid}\n-{gone.pid}\n")
    dog.stdin.flush()
    assert child.poll() is None
    dog.stdin.close()  # what a killed supervisor leaves
    assert child.wait(timeout=PATIENCE_SECONDS) == -signal.SIGTERM
    dog.wait(timeout=PATIENCE_SECONDS)
    gone.wait()
