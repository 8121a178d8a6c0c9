"""What docs/sql.md shows is run as it stands, on a build as an install publishes it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from bench.harness.lakehouse import Lakehouse
from spotifyweb.warehouse.duckdb import FILE
from tests.dbt.conftest import house as house  # the session's two builds
from tests.docs.fences import Fence, fences

EXAMPLES = [fence for fence in fences() if fence.document == "docs/sql.md"]
BUILD = "var/warehouse/liner.duckdb"


@pytest.fixture(autouse=True)
def folder(house: Lakehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder of an install; the build is a copy, as this process has it open itself."""
    (tmp_path / BUILD).parent.mkdir(parents=True)
    shutil.copyfile(house.warehouse / FILE, tmp_path / BUILD)
    (tmp_path / "var" / "lake").symlink_to(house.folder / "lake")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(BUILD, read_only=True) as opened:
        yield opened


def shown(language: str) -> list[object]:
    of_language = [fence for fence in EXAMPLES if fence.language == language]
    assert of_language
    return [pytest.param(fence, id=f"line {fence.line}") for fence in of_language]


@pytest.mark.parametrize("example", shown("sql"))
def test_questions_are_answered(example: Fence, warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.sql(example.text).columns


@pytest.mark.parametrize("example", shown("python"))
def test_programs_print_rows(example: Fence, capsys: pytest.CaptureFixture[str]) -> None:
    exec(example.text, {})
    assert "│" in capsys.readouterr().out
