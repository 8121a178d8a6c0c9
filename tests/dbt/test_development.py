"""dbt by hand: plain commands in `dbt/`, after `make run`, with no variable set."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import requests

from bench.harness.instance import ROOT, Instance
from bench.harness.processes import PATIENCE_SECONDS, free_port
from spotifyweb.warehouse.duckdb import build_path, published_build

pytestmark = pytest.mark.slow


@dataclass
class Checkout:
    """A clone in which `make run` has built once, as a person finds it."""

    folder: Path
    instance: Instance

    @property
    def database(self) -> Path:
        return self.folder / "var" / "dbt" / "dev" / "liner.duckdb"

    @property
    def published(self) -> Path:
        build = published_build(self.folder / "var" / "warehouse")
        assert build
        return build_path(self.folder / "var" / "warehouse", build.build_id)

    def spawn(self, *command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command,
            cwd=self.folder / "dbt",
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str) -> tuple[int, str]:
        """Return the exit code and what was printed."""
        with self.spawn(*command) as process:
            output, _ = process.communicate(timeout=9 * PATIENCE_SECONDS)
        return process.returncode, output

    def dbt(self, *arguments: str) -> str:
        """Run the command as it stands in the docs; it must succeed."""
        code, output = self.run("../.venv/bin/dbt", *arguments)
        assert code == 0, output[-3000:]
        return output

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as opened:
            return opened.execute(sql).fetchall()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    folder = tmp_path_factory.mktemp("checkout") / "Zoë's"
    leave_out = shutil.ignore_patterns("target", "logs")
    shutil.copytree(ROOT / "dbt", folder / "dbt", ignore=leave_out)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    (folder / "var").mkdir()
    instance = Instance(folder=folder / "var", demo_days=1)
    instance.start(patience_seconds=4 * PATIENCE_SECONDS)
    instance.stop()
    yield Checkout(folder=folder, instance=instance)


@pytest.fixture(autouse=True)
def _published_file_stays_as_it_is(checkout: Checkout) -> Iterator[None]:
    before = digest(checkout.published)
    yield
    assert digest(checkout.published) == before
    assert not (checkout.folder / "var" / "warehouse" / "work").exists()


@pytest.fixture
def empty_database(checkout: Checkout) -> None:
    checkout.database.unlink(missing_ok=True)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_dbt_debug_connects_to_a_database_of_its_own(checkout: Checkout) -> None:
    output = checkout.dbt("debug")
    assert "path: ../var/dbt/dev/liner.duckdb" in output
    assert "All checks passed!" in output


def test_dbt_is_found_in_an_activated_environment_too(checkout: Checkout) -> None:
    code, output = checkout.run("sh", "-c", ". ../.venv/bin/activate && dbt debug")
    assert code == 0, output
    assert "All checks passed!" in output


@pytest.mark.usefixtures("empty_database")
def test_one_model_is_built_on_the_tables_of_the_published_build(checkout: Checkout) -> None:
    output = checkout.dbt("run", "--select", "silver_plays")
    assert f"Copying the published build {checkout.published.parent.name}" in output
    assert "ERROR=0" in output
    ((plays,),) = checkout.rows("select count(*) from silver.silver_plays")
    assert plays
    again = checkout.dbt("run", "--select", "silver_plays")
    assert "Copying" not in again


@pytest.mark.usefixtures("empty_database")
def test_one_model_is_tested_alone(checkout: Checkout) -> None:
    output = checkout.dbt("test", "--select", "silver_plays")
    assert "PASS unique_silver_plays_event_id" in output


@pytest.mark.usefixtures("empty_database")
def test_everything_is_built_and_tested_with_rows_computed_by_hand(checkout: Checkout) -> None:
    """dbt's unit tests of silver and gold run here and nowhere else."""
    output = checkout.dbt("build")
    *_, counted = re.findall(r"(\d+) unit tests", output)  # the last line is of what ran
    assert int(counted) == len(list(unit_tests())) and "ERROR=0" in output
    with duckdb.connect(str(checkout.published), read_only=True) as opened:
        published = opened.execute("select plays, skips, listeners from gold.build_info").fetchall()
    assert checkout.rows("select plays, skips, listeners from gold.build_info") == published


def unit_tests() -> Iterator[str]:
    for path in (ROOT / "dbt" / "models").rglob("*unit_tests.yml"):
        yield from re.findall(r"^  - name: .*", path.read_text(), flags=re.MULTILINE)


def test_the_freshness_of_sources_is_known(checkout: Checkout) -> None:
    assert "PASS freshness of lake.plays" in checkout.dbt("source", "freshness")


def test_the_docs_are_generated_and_served(checkout: Checkout) -> None:
    checkout.dbt("docs", "generate")
    port = free_port()
    with checkout.spawn("../.venv/bin/dbt", "docs", "serve", "--port", str(port)) as server:
        try:
            page = fetch(f"http://127.0.0.1:{port}/", server)
            catalogue = fetch(f"http://127.0.0.1:{port}/catalog.json", server)
        finally:
            server.terminate()
    assert "dbt Docs" in page.text
    assert "model.spotifyweb.silver_plays" in catalogue.json()["nodes"]


def fetch(address: str, server: "subprocess.Popen[str]") -> requests.Response:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return requests.get(address, timeout=PATIENCE_SECONDS)
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError("dbt docs serve does not answer")


def test_other_settings_are_pointed_out_and_read_by_manage_py_dbt(checkout: Checkout) -> None:
    settings_file = checkout.folder / ".env"
    settings_file.write_text("# DATA_DIR=./var\nWEB_PORT=8001\nLAKE_URL=file:///elsewhere\n")
    try:
        code, output = checkout.run("../.venv/bin/dbt", "run", "--select", "silver_plays")
    finally:
        settings_file.unlink()
    assert code
    assert "LAKE_URL in .env: dbt does not read that file." in output
    assert "manage.py dbt" in output


def test_manage_py_dbt_uses_the_settings_of_the_install(checkout: Checkout) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "dbt", "debug"],
        cwd=ROOT,
        env=checkout.instance.environment
        | {"TRANSFORM_MEMORY_MB": "333", "TRANSFORM_THREADS": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"path: {checkout.database}" in done.stdout
    assert "'memory_limit': '333MB', 'threads': 1," in done.stdout


def test_a_missing_lake_is_named(checkout: Checkout, tmp_path: Path) -> None:
    environment = os.environ | {"DBT_LAKE": f"{tmp_path}/lake"}
    environment["DBT_DUCKDB_PATH"] = str(tmp_path / "liner.duckdb")
    done = subprocess.run(
        [".venv/bin/dbt", "run", "--project-dir", "dbt", "--profiles-dir", "dbt"],
        cwd=checkout.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert f"No build was made from the lake in {tmp_path}/lake yet" in done.stdout
