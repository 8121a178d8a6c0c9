"""What enters an image, and what must never."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.build_context import BuildContext
from tests.deploy.docker_daemon import daemon

ROOT = Path(__file__).parents[2]
SECRETS = [
    ".env",
    ".env.production",
    "var/keys.env",
    "var/db.sqlite3",
    "data/keys.env",
    "spotifyweb/.env",
    "spotifyweb/settings/keys.env",
    "dbt/var/warehouse/x.duckdb",
    "dbt/target/manifest.json",
    ".git/config",
    "deploy/terraform/terraform.tfstate",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout in which somebody lived: secrets and data lie about."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True)
    for name in [*tracked.stdout.decode().split(), *SECRETS]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    shutil.copy(ROOT / ".dockerignore", tmp_path)
    return tmp_path


def test_only_what_runs_goes_in(checkout: Path) -> None:
    found = set(BuildContext(checkout).files())
    assert not found & set(SECRETS)
    assert {name.split("/")[0] for name in found} == {
        *("dbt", "ingestion", "nowplaying", "recommendations", "spotifyweb", "static"),
        *("manage.py", "pyproject.toml", "requirements.lock", "templates"),
    }
    assert {"spotifyweb/env.py", "dbt/models/bronze/bronze_plays.sql"} <= found


def test_docker_sends_the_same_files(checkout: Path) -> None:
    if shutil.which("docker") is None:
        pytest.skip("no Docker client on this machine")
    (checkout / "Dockerfile").write_text("FROM scratch\n")
    with daemon() as received:
        environment = os.environ | {"DOCKER_HOST": received.address, "DOCKER_BUILDKIT": "0"}
        build = ["docker", "build", "--quiet", "."]
        subprocess.run(build, cwd=checkout, env=environment, check=False, capture_output=True)
        sent = received.files()
    # the client always adds these two, for a daemon that would build; no step copies them
    assert sent - {"Dockerfile", ".dockerignore"} == set(BuildContext(checkout).files())
