"""Run dbt on all models and tests, in a process of its own.

A process, because dbt keeps half a gigabyte in the one it ran in, because DuckDB's file must be
closed before it is published, and because a process that hangs can be killed. It reports to nobody
and writes only below the given folder.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from spotifyweb.monitoring.upgrade import PROJECT

SHOWN_FAILURES = 5
ERRORS_KEPT = 20
LOW_PRIORITY = 10  # nice; at 19 a busy machine gave it 1.5 % of a core and no build ended
OUT_OF_MEMORY = "Out of Memory Error"  # DuckDB's own words
MEMORY_HINT = " (set TRANSFORM_MEMORY_MB higher: DuckDB may hold no more than that)"
TOO_LATE = "dbt was ended after {} minutes: TRANSFORM_MAX_MINUTES, or what it waits for"
PROCESS = Path(__file__).with_name("dbt_process.py")
LOGGING = ["--no-version-check", "--no-send-anonymous-usage-stats"]
LOGGING += ["--log-level", "none", "--log-level-file", "none"]  # dbt_process.py prints what counts
WITHOUT_CACHE = ["--no-populate-cache"]  # of what exists, which costs statements on Snowflake
RESULTS, FRESHNESS = "run_results.json", "sources.json"
FAILED_STATUSES = {"error", "fail", "runtime error", "partial success"}

Progress = Callable[[int, int, str], None]  # done, of how many, what


@dataclass(slots=True, kw_only=True)
class Report:
    """The outcome of a dbt run; it is green when nothing failed, however old its sources are."""

    models: int = 0
    tests: int = 0
    freshness: dict[str, str] = field(default_factory=dict)  # source -> pass, warn, error …
    failures: list[str] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)  # of each model and test
    errors: list[str] = field(default_factory=list)  # lines that dbt logged as errors
    is_killed: bool = False  # ended from outside, often for want of memory

    @property
    def summary(self) -> str:
        """Return the first failures in words, and how many more there are."""
        more = len(self.failures) - SHOWN_FAILURES
        shown = self.failures[:SHOWN_FAILURES] + ([f"and {more} more"] if more > 0 else [])
        return "; ".join(shown)


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[IO[str]]:
    """Lock dbt's folder; dbt inherits the lock, so that it lasts as long as dbt runs.

    Kills a dbt whose starter was killed: it would go on writing where the next build begins.
    """
    development_database(folder)
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


def development_database(folder: Path) -> Path:
    """Return the database of a person who runs dbt by hand; the folder for it exists."""
    path = folder / "dev" / "liner.duckdb"  # named as in a build: views name their file
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def docs_path(folder: Path) -> Path:
    """Return where builds of a changed project write dbt's docs, as one page."""
    return folder / "target" / "static_index.html"


def has_docs(folder: Path) -> bool:
    """Return whether dbt's docs are there. A power cut leaves an empty file."""
    path = docs_path(folder)
    return path.exists() and path.stat().st_size > 0


def delete_development_database(folder: Path) -> None:
    """Delete what a person built by hand: it may hold rows that an erasure removes."""
    path = development_database(folder)
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def build(
    *,
    target: str,
    environment: Mapping[str, str],
    as_of: datetime,
    folder: Path,
    full_refresh: bool,
    select: Sequence[str] = (),
    with_docs: bool = False,
    progress: Progress = lambda *_: None,
    lock: IO[str] | None = None,
) -> Report:
    """Run and test everything, or what is selected; dbt has closed the warehouse when this returns.

    `with_docs` also writes dbt's docs to `docs_path`.
    `lock` is the one that `folder_lock` yields.
    """
    for results in (folder / "target" / name for name in (RESULTS, FRESHNESS)):
        results.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    common = _common_arguments(target=target, folder=folder)
    commands = _commands(full_refresh=full_refresh, select=select, with_docs=with_docs)
    errors: list[str] = []
    with (
        subprocess.Popen(
            [sys.executable, "-P", str(PROCESS), json.dumps(common), json.dumps(commands)],
            cwd=PROJECT,
            env=os.environ | environment | {"DBT_AS_OF": f"{as_of}", "DO_NOT_TRACK": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[lock.fileno()] if lock else [],
        ) as process,
        _time_limit(process) as has_ended_it,
    ):
        if lock:
            print(process.pid, file=lock, flush=True)
        _lower_priority(process.pid)
        for line in _lines(process):
            _handle_line(line, errors, progress)
    report = read_report(folder / "target")
    report.errors = errors[-ERRORS_KEPT:]
    report.is_killed = process.returncode < 0 and not has_ended_it.is_set()
    if has_ended_it.is_set():
        report.failures.append(TOO_LATE.format(settings.TRANSFORM_MAX_MINUTES))
    if (process.returncode or not report.models) and not report.failures:
        report.failures = errors[-SHOWN_FAILURES:] or [f"dbt ended with {process.returncode}"]
    return report


@contextlib.contextmanager
def _time_limit(process: subprocess.Popen[str]) -> Iterator[threading.Event]:
    """Kill the process where the block fails, and after TRANSFORM_MAX_MINUTES.

    The event tells the latter.
    """
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        process.kill()

    timer = threading.Timer(settings.TRANSFORM_MAX_MINUTES * 60, end)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    except BaseException:
        process.kill()
        raise
    finally:
        timer.cancel()


def _commands(*, full_refresh: bool, select: Sequence[str], with_docs: bool) -> list[list[str]]:
    """Return the commands with their own arguments: the build, and what follows a green one."""
    build_arguments = ["build", "--exclude-resource-type", "unit_test"]
    build_arguments += ["--full-refresh"] if full_refresh else []
    build_arguments += ["--select", *select] if select else []
    docs = [["docs", "generate", "--static", "--no-compile"]] if with_docs else []
    return [build_arguments, ["source", "freshness", *WITHOUT_CACHE], *docs]


def _common_arguments(*, target: str, folder: Path) -> list[str]:
    """Return what each command is given, and nothing that changes from build to build.

    Other variables would make dbt parse the project anew.
    """
    return [
        *LOGGING,
        *("--target", target),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--vars", json.dumps({"recommendations": asdict(settings.RECOMMENDING)})),
    ]


def _lower_priority(pid: int) -> None:
    """Lower the process's priority, so that page views come first."""
    with contextlib.suppress(ProcessLookupError):  # it ended at once, and says why itself
        os.setpriority(os.PRIO_PROCESS, pid, LOW_PRIORITY)


def _lines(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    for line in process.stdout or ():
        try:
            yield json.loads(line)
        except ValueError:  # a warning of Python itself
            yield {"info": {"level": "info", "msg": line.strip()}, "data": {}}


def _handle_line(line: dict[str, Any], errors: list[str], progress: Progress) -> None:
    info, data = line.get("info", {}), line.get("data", {})
    node = data.get("node_info", {})
    if info.get("level") == "error" and info.get("msg", "").strip():
        errors.append(" ".join(info["msg"].split()))
    is_step = node.get("resource_type") in ("model", "test")  # hooks and sources are counted apart
    if is_step and "index" in data and "total" in data and "execution_time" in data:
        progress(int(data["index"]), int(data["total"]), node.get("node_name", ""))


def read_report(target: Path) -> Report:
    """Read what dbt wrote; the report is empty where it ended before that."""
    report = Report()
    for result in _results(target / RESULTS):
        kind, *_, name = result["unique_id"].split(".", 2)
        report.models += kind == "model"
        report.tests += kind == "test"
        if kind in ("model", "test"):  # exposures are listed too, and run nothing
            report.results.append(_result(kind, name, result))
        if result["status"] in FAILED_STATUSES:
            message = " ".join(str(result["message"]).split())
            hint = MEMORY_HINT if OUT_OF_MEMORY in message else ""
            report.failures.append(f"{kind} {name}: {message}{hint}")
    for source in _results(target / FRESHNESS):
        name = source["unique_id"].rpartition(".")[2]
        report.freshness[name] = source["status"]
    return report


def _result(kind: str, name: str, result: dict[str, Any]) -> dict[str, Any]:
    """Return what a run keeps of a model or test: times in seconds, rows where they failed."""
    rows = {"rows": result["failures"]} if result.get("failures") else {}
    return {
        "kind": kind,
        "name": name,
        "status": result["status"],
        "seconds": round(result.get("execution_time") or 0, 2),
        **rows,
    }


def _results(path: Path) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    if path.is_file():
        results = json.loads(path.read_text())["results"]
    return results
