"""Measure the figures of the application; prints one JSON object per line.

A module of this folder is a bench: its `measure()` yields rows of bench, value, unit, baseline,
ratio, goal and holds. Each runs in a process of its own, so that none warms another's caches.
"""

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
PACKAGES = {"bench": FOLDER, "bench.snowflake": FOLDER / "snowflake"}


def packages() -> dict[str, str]:
    """Return the package of each bench, by its name."""
    return {
        path.stem: package
        for package, folder in PACKAGES.items()
        for path in sorted(folder.glob("*.py"))
        if not path.stem.startswith("_")
    }


def names() -> list[str]:
    return sorted(packages())


def find_modules(name: str) -> list[str]:
    """Return the modules that begin with the name, e.g. `import`; all for an empty one."""
    found = [module for module in names() if module == name]
    return found or [module for module in names() if module.startswith(name)]


def run(module: str) -> None:
    for row in importlib.import_module(f"{packages()[module]}.{module}").measure():
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", default="", help=f"one of {', '.join(names())}")
    name = parser.parse_args().name
    modules = find_modules(name)
    if not modules:
        sys.exit(f"no bench called {name!r}: there are {', '.join(names())}")
    if modules == [name]:
        run(name)
        return 0
    command = [sys.executable, "-m", "bench"]
    return max(subprocess.run([*command, module], check=False).returncode for module in modules)


if __name__ == "__main__":
    sys.exit(main())
