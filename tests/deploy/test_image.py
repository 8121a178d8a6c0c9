"""The image's steps on this machine: what they make, and that it starts as its user."""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bench.harness.processes import PATIENCE_SECONDS, free_port, start_valkey
from tests.deploy import compose, image

pytestmark = pytest.mark.engines

CONTAINERS = {each.name: each for each in compose.containers("full", {})}


@pytest.fixture(scope="module")
def built() -> Iterator[image.Image]:
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("an image's steps give files to another user: they need root and setpriv")
    with tempfile.TemporaryDirectory(prefix="image-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        made = image.Image(folder=Path(name))
        made.build()
        left = [*made.folder.rglob("keys.env"), *made.folder.glob("tmp/*")]
        assert left == []  # secrets that a step needed are not in the image
        yield made


@pytest.fixture(scope="module")
def settings(built: image.Image) -> Iterator[dict[str, str]]:
    """Return what `.env` would say: secrets, and a Valkey that runs elsewhere; all is prepared."""
    port = free_port()
    (built.folder / "valkey").mkdir()
    server = start_valkey(built.folder / "valkey", port)
    variables = {
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "SECRET_KEY": "only-for-this-test",
        "TOKEN_KEYS": Fernet.generate_key().decode(),
        "HOSTNAME": socket.gethostname(),
    }
    succeeds(built, CONTAINERS["prepare"].command, variables)
    yield variables
    server.kill()
    server.wait()


def test_the_code_is_there_and_belongs_to_root(built: image.Image) -> None:
    app = built.folder / "app"
    assert (app / "static_root" / "staticfiles.json").exists()
    assert {path.stat().st_uid for path in app.rglob("*")} == {0}
    data = (built.folder / "data").stat()
    assert (f"{data.st_uid}:{data.st_gid}", oct(data.st_mode)[-3:]) == (built.user, "700")


def test_web_and_workers_start_and_their_own_checks_say_so(
    built: image.Image, settings: dict[str, str]
) -> None:
    port = str(free_port())
    web = [word.replace("8000", port) for word in image.command("CMD")]
    healthy = [word.replace("8000", port) for word in image.command("HEALTHCHECK")]
    assert code(built, healthy, settings) != 0
    with running(built, web, settings):
        wait_until_healthy(built, healthy, settings)
    assert code(built, healthy, settings) != 0

    worker, now = CONTAINERS["worker"], CONTAINERS["now"]
    with running(built, worker.command, settings), running(built, now.command, settings):
        for each in (worker, now):
            wait_until_healthy(built, each.health[1:], settings)
    assert code(built, worker.health[1:], settings) != 0


def test_a_build_runs_without_rights_on_the_code(
    built: image.Image, settings: dict[str, str]
) -> None:
    manage = ["python", "manage.py"]
    assert succeeds(built, [*manage, "simulate", "--users", "1", "--days", "2"], settings)
    assert succeeds(built, [*manage, "consume"], settings)
    assert "published" in succeeds(built, [*manage, "transform", "--json"], settings)


def test_the_embedded_container_needs_no_settings(built: image.Image) -> None:
    names = ("WEB_PORT", "VALKEY_PORT", "SANDBOX_PORT")
    ports = {name: str(free_port()) for name in names}
    folder = built.folder / "data" / "embedded"
    settings = ports | {"DATA_DIR": str(folder), "SANDBOX_DEMO_DAYS": "0"}
    (embedded,) = compose.containers("embedded", {})
    healthy = [word.replace("8000", ports["WEB_PORT"]) for word in image.command("HEALTHCHECK")]
    with running(built, embedded.command, settings):
        wait_until_healthy(built, healthy, settings)


@contextmanager
def running(built: image.Image, words: list[str], settings: dict[str, str]) -> Iterator[None]:
    """Run a process of the image, and end it as compose does."""
    process = built.run(words, **settings)
    try:
        yield
        assert process.poll() is None, process.communicate()[0]
    finally:
        process.terminate()
        printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode in {0, -15}, printed


def succeeds(built: image.Image, words: list[str], settings: dict[str, str]) -> str:
    """Return what a command of the image prints."""
    process = built.run(words, **settings)
    printed, _ = process.communicate(timeout=2 * PATIENCE_SECONDS)
    assert process.returncode == 0, printed
    return printed


def code(built: image.Image, words: list[str], settings: dict[str, str]) -> int:
    process = built.run(words, **settings)
    process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode


def wait_until_healthy(built: image.Image, words: list[str], settings: dict[str, str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while code(built, words, settings) != 0:
        assert time.monotonic() < deadline, f"never healthy: {words}"
        time.sleep(0.5)
