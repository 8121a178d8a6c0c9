"""The engines that both suites need on every machine: they come in wheels."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.harness import snowflake as double
from tests.engines.s3 import SeaweedFS


@pytest.fixture(scope="session")
def bucket() -> Iterator[SeaweedFS]:
    with tempfile.TemporaryDirectory(prefix="s3-", ignore_cleanup_errors=True) as name:
        server = SeaweedFS(folder=Path(name) / "s3")
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def snowflake() -> Iterator[str]:
    """Options of an address where the double answers."""
    log = logging.getLogger("snowflake.connector")
    log.setLevel(logging.ERROR)
    with double.server() as where:
        yield f"host={where['host']}&port={where['port']}&protocol=http&warehouse=w&role=r"
    log.setLevel(logging.CRITICAL)  # at exit it ends sessions that are open, where nobody answers
