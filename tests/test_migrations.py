"""The squashed migrations of a fresh install leave what the older ones leave, one by one."""

from pathlib import Path

import pytest

from tests.support.schema import read_schema

pytestmark = pytest.mark.long


def test_squashed_or_one_by_one_the_schema_is_the_same(tmp_path: Path) -> None:
    for name in ("squashed", "older"):
        (tmp_path / name).mkdir()
    squashed = read_schema(DATA_DIR=str(tmp_path / "squashed"))
    assert squashed == read_schema("--unsquashed", DATA_DIR=str(tmp_path / "older"))
    assert {"accounts_listener", "dashboards_exclusionrule", "ingestion_run"} <= set(squashed)
