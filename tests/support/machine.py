"""An isolated environment for each test process: a data folder and a real Valkey.

Loaded by `-p tests.support.machine`, because settings read the environment when they are imported.
"""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.harness.processes import free_port, start_valkey

# What a database on a server demands; every process of these tests is a host with the same keys.
SECRETS = {
    "SECRET_KEY": "of the tests",
    "TOKEN_KEYS": "dGhlIHNhbWUga2V5IG9uIGVhY2ggb2YgdGhlIGhvc3Q=",
}


def prepare() -> None:
    folder = Path(tempfile.mkdtemp(prefix="spotifyweb-test-"))
    port = free_port()
    for name in ("SPOTIFY_CLIENT_ID", "EVENT_LOG_URL", "LAKE_URL", "WAREHOUSE_URL", "DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ |= {
        "DATA_DIR": str(folder),
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "VALKEY_PORT": str(port),
        "WHITENOISE_USE_FINDERS": "1",
        "LOG_LEVEL": "WARNING",
    }
    if url := os.environ.get("TEST_DATABASE_URL"):  # the whole suite on Postgres
        os.environ |= {"DATABASE_URL": url, **SECRETS}
    (folder / "valkey").mkdir()
    (folder / "static").mkdir()  # whitenoise warns where there is none
    server = start_valkey(folder / "valkey", port)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.kill)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Spare the garbage collector half a million objects that last as long as the process."""
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


gc.disable()
prepare()
