"""The units of systemd: systemd's own check, and the same processes as in the compose file."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy import compose, image

UNITS = sorted((compose.ROOT / "deploy" / "systemd").iterdir())
PYTHON = "%h/liner/.venv/bin/python "


def commands() -> dict[str, list[str]]:
    """Return what each unit starts, without Python's path and systemd's escapes."""
    found = {}
    for unit in UNITS:
        for line in re.findall(rf"^ExecStart={PYTHON}(.*)$", unit.read_text(), re.MULTILINE):
            found[unit.stem] = line.replace("%%", "%").replace('""', "''").split()
    return found


def test_systemd_accepts_each_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd on this machine")
    python = tmp_path / "home" / "liner" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/bin/true")
    installed = tmp_path / "units"
    installed.mkdir()
    for unit in UNITS:
        name = unit.name.replace("@.", "@ingest.")
        (installed / name).write_text(unit.read_text().replace("%h", str(tmp_path / "home")))
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *map(str, sorted(installed.iterdir()))],
        env=os.environ | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("unit", "line"),
    [
        ("liner.service", "TimeoutStartSec=30min"),  # the first start installs the packages
        ("liner.service", "OOMPolicy=continue"),  # or a build that ends would end everything
        ("liner-worker@.service", "OOMPolicy=continue"),
        ("liner-prepare.service", "Restart=on-failure"),  # a database may be up later
    ],
)
def test_units_go_on_where_systemd_would_give_up(unit: str, line: str) -> None:
    assert line in (compose.ROOT / "deploy" / "systemd" / unit).read_text().splitlines()


def test_they_start_what_compose_starts() -> None:
    units = commands()
    containers = {each.name: each.command[1:] for each in compose.containers("full", {})}
    assert units["liner-prepare"] == containers["prepare"]
    assert units["liner-beat"][:-1] == containers["beat"][:-1]
    host = {"0.0.0.0": "127.0.0.1"}
    assert units["liner-web"] == [host.get(word, word) for word in image.command("CMD")[1:]]
    options = {"worker", "-Q", "--pool", "threads", "--concurrency", "-n"}
    assert options <= set(units["liner-worker@"]) & set(containers["worker"])
