"""A keeper starts again what ended with an error, and ends with its parent."""

import os
import subprocess
import sys
from pathlib import Path

from spotifyweb.running.keeping import Keeper

FAIL_ONCE = (
    "import pathlib, sys; p = pathlib.Path(sys.argv[1]); n = p.exists(); p.touch(); sys.exit(not n)"
)


def test_what_ends_with_an_error_starts_again(tmp_path: Path) -> None:
    keeper = Keeper(os.getpid(), [sys.executable, "-c", FAIL_ONCE, str(tmp_path / "ran")])
    assert keeper.keep() == 0
    assert (tmp_path / "ran").exists()


def test_what_is_kept_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", ""])
    parent.wait()
    keeper = Keeper(parent.pid, [sys.executable, "-c", "import time; time.sleep(60)"])
    assert keeper.keep() == 0
