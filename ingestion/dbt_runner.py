"""One run of dbt: all models and tests, in a process of its own.

A process, because dbt keeps half a gigabyte in the one it ran in, because DuckDB's file must be
closed for certain before it is published, and because a hung one can be killed. It sends nothing
to anybody and writes below the given folder only.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from spotifyweb.monitoring.upgrade import PROJECT

SHOWN_FAILURES = 5
LEAST_URGENT = 19  # nice
PASSED_ON = "DBT_ENV_CUSTOM_ENV_"  # dbt writes such variables into its results
MARK = PASSED_ON + "AS_OF"
OUT_OF_MEMORY = "Out of Memory Error"  # DuckDB's own words
CURE = " (set TRANSFORM_MEMORY_MB higher: DuckDB may hold no more than that)"
RED = {"error", "fail", "runtime error", "partial success"}

Progress = Callable[[int, int, str], None]  # done, of how many, what


@dataclass(slots=True, kw_only=True)
class Report:
    """What dbt did. Green when nothing failed."""

    models: int = 0
    tests: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def why(self) -> str:
        """The first failures in words, and how many more."""
        more = len(self.failures) - SHOWN_FAILURES
        shown = self.failures[:SHOWN_FAILURES] + ([f"and {more} more"] if more > 0 else [])
        return "; ".join(shown)


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[IO[str]]:
    """Lock dbt's folder; dbt inherits the lock, so that it lasts as long as dbt runs.

    Kills a dbt whose starter was killed: it would go on writing where the next build begins.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "dbt.pid").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _kill(lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        yield lock


def _kill(lock: IO[str]) -> None:
    lock.seek(0)
    with contextlib.suppress(ProcessLookupError, ValueError):  # it ended, or did not begin
        os.kill(int(lock.read()), signal.SIGKILL)


def build(
    *,
    target: str,
    environment: Mapping[str, str],
    as_of: datetime,
    folder: Path,
    full_refresh: bool,
    select: Sequence[str] = (),
    progress: Progress = lambda *_: None,
    lock: IO[str] | None = None,
) -> Report:
    """Run and test everything, or what is selected; dbt has closed the warehouse after that.

    `lock` is that of `exclusive`.
    """
    results = folder / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    command = _command(target=target, folder=folder, full_refresh=full_refresh)
    command += ["--select", *select] if select else []
    said: list[str] = []
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, **environment, **_times(as_of), "DO_NOT_TRACK": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=[lock.fileno()] if lock else [],
    ) as process:
        try:
            if lock:
                print(process.pid, file=lock, flush=True)
            _give_way(process.pid)
            for line in _lines(process):
                _follow(line, said, progress)
        except BaseException:
            process.kill()
            raise
    report = read_report(results, as_of=as_of)
    if (process.returncode or not report.models) and not report.failures:
        report.failures = said[-SHOWN_FAILURES:] or [f"dbt ended with {process.returncode}"]
    return report


def _command(*, target: str, folder: Path, full_refresh: bool) -> list[str]:
    command = [sys.executable, "-m", "dbt.cli.main", "--no-version-check"]
    command += ["--no-send-anonymous-usage-stats", "--log-format", "json", "--log-level-file"]
    command += ["none", "--log-path", str(folder / "logs"), "build", "--target", target]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    command += ["--target-path", str(folder / "target")]
    command += ["--exclude-resource-type", "unit_test"]  # those test the SQL, not the data
    # nothing that changes from build to build: other variables make dbt parse the project anew
    command += ["--vars", json.dumps({"recommending": asdict(settings.RECOMMENDING)})]
    return command + (["--full-refresh"] if full_refresh else [])


def _times(as_of: datetime) -> dict[str, str]:
    """Return the build's time as the models read it, and as the results of this run say it."""
    return {"DBT_AS_OF": as_of.isoformat(sep=" "), MARK: as_of.isoformat()}


def _give_way(pid: int) -> None:
    """Whoever looks at a page meanwhile comes first: a build takes what they leave."""
    with contextlib.suppress(ProcessLookupError):  # it ended at once, and says why itself
        os.setpriority(os.PRIO_PROCESS, pid, LEAST_URGENT)


def _lines(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    for line in process.stdout or ():
        try:
            yield json.loads(line)
        except ValueError:  # a warning of Python itself
            yield {"info": {"level": "info", "msg": line.strip()}, "data": {}}


def _follow(line: dict[str, Any], said: list[str], progress: Progress) -> None:
    info, data = line.get("info", {}), line.get("data", {})
    if info.get("level") == "error" and info.get("msg", "").strip():
        said.append(" ".join(info["msg"].split()))
    if "index" in data and "total" in data and "execution_time" in data:
        name = data.get("node_info", {}).get("node_name", "")
        progress(int(data["index"]), int(data["total"]), name)


def read_report(results: Path, *, as_of: datetime) -> Report:
    """What run_results.json says; empty when dbt ended before it wrote one.

    A dbt whose starter was killed may still be running and leave its results here: not ours.
    """
    report = Report()
    told = json.loads(results.read_text()) if results.is_file() else {"results": []}
    if told.get("metadata", {}).get("env", {}) != {MARK.removeprefix(PASSED_ON): as_of.isoformat()}:
        return report
    for result in told["results"]:
        kind, *_, name = result["unique_id"].split(".", 2)
        report.models += kind == "model"
        report.tests += kind == "test"
        if result["status"] in RED:
            message = " ".join(str(result["message"]).split())
            cure = CURE if OUT_OF_MEMORY in message else ""
            report.failures.append(f"{kind} {name}: {message}{cure}")
    return report
