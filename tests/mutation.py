"""Mutation testing: change one operator or constant of the source at a time and run its tests.

`make mutation` tries a random sample of all mutants in each area; `SAMPLE=0` tries every one, which
takes many hours. The score is the share of mutants that a test noticed; docs/TESTING.md keeps the
last one. Cosmic Ray runs in an environment of its own and changes a copy of the checkout.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COSMIC_RAY = ["uv", "tool", "run", "--quiet", "--from", "cosmic-ray==8.7.0", "cosmic-ray"]
TIMEOUT_SECONDS = 240  # a mutant that makes its tests hang counts as noticed
MEANINGLESS = ("%BinaryOperator_BitOr%", "%RemoveDecorator%")  # annotations; every import fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the source and the tests that are to notice its faults."""

    name: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]


AREAS = (
    Area(name="accounts", sources=("spotifyweb/accounts",), tests=("tests/accounts",)),
    Area(
        name="lake",
        sources=("spotifyweb/lake",),
        tests=("tests/lake", "tests/contracts/test_lake.py"),
    ),
    Area(name="recommendations", sources=("recommendations",), tests=("tests/recommendations",)),
    Area(name="nowplaying", sources=("nowplaying",), tests=("tests/nowplaying",)),
    Area(name="ingestion", sources=("ingestion",), tests=("tests/ingestion",)),
)


def main() -> int:
    """Print one JSON object per area and each surviving mutant on stderr; 0 when all areas ran."""
    options = read_options()
    areas = [area for area in AREAS if options.only in ("", area.name)]
    for area in areas:
        with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
            report(area, run(area, Path(folder), sample=options.sample))
    return 0 if areas else 2


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="one area: " + ", ".join(a.name for a in AREAS))
    parser.add_argument("--sample", type=int, default=40, help="mutants per area; 0 for all")
    return parser.parse_args()


def run(area: Area, folder: Path, *, sample: int) -> list[dict[str, str]]:
    """Return the outcome of each tried mutant of `area`, working in a copy below `folder`."""
    tree = folder / "tree"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tree)], check=True)
    config, session = folder / "config.toml", folder / "session.sqlite"
    config.write_text(configuration(area))
    cosmic_ray("init", config, session, cwd=tree)
    keep_sample(session, sample)
    cosmic_ray("exec", config, session, cwd=tree)
    return outcomes(session)


def configuration(area: Area) -> str:
    tests = " ".join(area.tests)
    command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider -m 'not engines and not long"
    return "\n".join(
        [
            "[cosmic-ray]",
            f"module-path = {json.dumps(list(area.sources))}",
            f"timeout = {TIMEOUT_SECONDS}.0",
            'excluded-modules = ["**/migrations/*"]',
            f'test-command = "{command} and not browser\' {tests}"',
            "[cosmic-ray.distributor]",
            'name = "local"',
        ]
    )


def cosmic_ray(command: str, *arguments: Path, cwd: Path) -> None:
    subprocess.run([*COSMIC_RAY, command, *map(str, arguments)], cwd=cwd, check=True)


def keep_sample(session: Path, sample: int) -> None:
    """Drop mutants that say nothing, then all but `sample` random ones (0 keeps all)."""
    with sqlite3.connect(session) as database:
        for pattern in MEANINGLESS:
            database.execute("delete from mutation_specs where operator_name like ?", [pattern])
        database.execute(
            "delete from mutation_specs where job_id not in"
            " (select job_id from mutation_specs order by random() limit ?)",
            [sample or -1],
        )
        database.execute(
            "delete from work_items where job_id not in (select job_id from mutation_specs)"
        )


def outcomes(session: Path) -> list[dict[str, str]]:
    columns = "module_path, start_pos_row, operator_name, test_outcome, worker_outcome, diff"
    with sqlite3.connect(session) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute(
            f"select {columns} from mutation_specs join work_results using (job_id)"
            " order by module_path, start_pos_row"
        )
        return [dict(row) for row in rows]


def report(area: Area, mutants: list[dict[str, str]]) -> None:
    survivors = [mutant for mutant in mutants if mutant["test_outcome"] == "SURVIVED"]
    for mutant in survivors:
        print(mutant["diff"], file=sys.stderr)
    noticed = len(mutants) - len(survivors)
    score = round(noticed / len(mutants), 3) if mutants else None
    row = {"area": area.name, "mutants": len(mutants), "noticed": noticed, "score": score}
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    sys.exit(main())
