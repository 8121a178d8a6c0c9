"""`make test-full`: the contract suites on a real Kafka, the story on all real engines,
and the live path killed part by part."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.engines import kafka
from tests.engines.conftest import JARS


def main() -> int:
    arguments = ["-m", "engines or long or not engines", "-rs", "tests/contracts", "tests/engines"]
    arguments += ["tests/faults/test_now.py"]
    if lacking := kafka.missing():
        print(f"skipped: the contract suite on a real Kafka, this machine lacks {lacking}")  # noqa: T201
        return int(pytest.main([*arguments, *sys.argv[1:]]))
    with tempfile.TemporaryDirectory(prefix="kafka-", ignore_cleanup_errors=True) as name:
        broker = kafka.Kafka(folder=Path(name), libs=JARS)
        broker.fetch()
        broker.format()
        broker.start()
        os.environ["KAFKA_TEST_BOOTSTRAP"] = broker.bootstrap
        try:
            return int(pytest.main([*arguments, *sys.argv[1:]]))
        finally:
            broker.stop(kill=True)


if __name__ == "__main__":
    sys.exit(main())
