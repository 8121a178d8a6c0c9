"""`make test-full`: the contract suites on a real Kafka, the story on all real engines, everything
killed, cut off and fed with hostile files, a lifetime counted twice, a large export saved, upgrades
and backups, the image's steps, and decisions on plays taken back."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.harness import kafka
from tests.engines.conftest import JARS

SUITES = [
    "tests/contracts",
    "tests/engines",
    "tests/faults",
    "tests/lifetime",
    "tests/downloads",
    "tests/devserver",
    "tests/deploy",
    "tests/dbt/test_separations.py",
]


def suites() -> int:
    """In a process of its own: what is imported here already could not be rewritten there."""
    chosen = ["-m", "engines or long or not engines", "-rs", *SUITES, *sys.argv[1:]]
    return subprocess.run([sys.executable, "-m", "pytest", *chosen], check=False).returncode


def main() -> int:
    if lacking := kafka.missing_tools():
        print(f"skipped: the contract suite on a real Kafka, this machine lacks {lacking}")  # noqa: T201
        return suites()
    with tempfile.TemporaryDirectory(prefix="kafka-", ignore_cleanup_errors=True) as name:
        broker = kafka.Kafka(folder=Path(name), libs=JARS)
        broker.fetch()
        broker.format()
        broker.start()
        os.environ["TEST_KAFKA_BOOTSTRAP"] = broker.bootstrap
        try:
            return suites()
        finally:
            broker.stop(kill=True)


if __name__ == "__main__":
    sys.exit(main())
