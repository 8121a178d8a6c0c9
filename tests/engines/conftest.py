"""Real engines for one session. What a machine lacks is skipped with a line that says so."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bench.harness import kafka
from bench.harness.processes import PATIENCE_SECONDS, free_port
from tests.engines import postgres, s3

ROOT = Path(__file__).parents[2]
JARS = Path(os.environ.get("TEST_KAFKA_JARS", ROOT / "var" / "kafka" / "libs"))


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Readable by others: Postgres refuses to run as root and runs as its own user."""
    with tempfile.TemporaryDirectory(prefix="engines-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def kafka_broker(folder: Path) -> Iterator[kafka.Kafka]:
    if lacking := kafka.missing_tools():
        pytest.skip(f"no real Kafka on this machine: it lacks {lacking}")
    broker = kafka.Kafka(folder=folder / "kafka", libs=JARS)
    broker.fetch()
    broker.format()
    broker.start()
    yield broker
    broker.stop(kill=True)


@pytest.fixture(scope="session")
def postgres_server(folder: Path) -> Iterator[postgres.Postgres]:
    if postgres.binaries() is None:
        pytest.skip("no Postgres on this machine: install the package `postgresql`")
    server = postgres.Postgres(folder=folder / "postgres")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def seaweed(folder: Path) -> Iterator[s3.SeaweedFS]:
    server = s3.SeaweedFS(folder=folder / "s3")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def fake_snowflake(folder: Path) -> Iterator[str]:
    """The double: Snowflake's protocol on DuckDB. Green there is no proof for Snowflake."""
    port = free_port()
    command = [sys.executable, "-m", "bench.harness.snowflake", str(port)]
    with (folder / "fakesnow.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}", timeout=1)
            break
        except requests.RequestException:
            time.sleep(0.1)
    options = f"warehouse=compute&role=house&host=127.0.0.1&port={port}&protocol=http"
    yield f"snowflake://fake:snow@fakesnow/house?{options}"
    process.kill()
    process.wait()
