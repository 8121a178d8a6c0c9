"""What dbt said, in words that help."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.pipeline import dbt_runner
from ingestion.pipeline.dbt_runner import Report
from spotifyweb.warehouse.base import LakeLocation
from spotifyweb.warehouse.duckdb import DuckDBBuilds


def test_a_build_that_needs_more_memory_says_which_setting_gives_it(tmp_path: Path) -> None:
    failed = {
        "unique_id": "model.spotifyweb.transitions",
        "status": "error",
        "message": "Runtime Error\n  Out of Memory Error: could not allocate a block",
    }
    (tmp_path / "run_results.json").write_text(json.dumps({"results": [failed]}))
    (why,) = dbt_runner.read_report(tmp_path).failures
    assert why.startswith("model transitions: Runtime Error Out of Memory Error")
    assert "set TRANSFORM_MEMORY_MB higher" in why


def test_a_dbt_left_behind_by_a_killed_starter_is_killed(tmp_path: Path) -> None:
    with dbt_runner.folder_lock(tmp_path) as lock:
        left = subprocess.Popen(["sleep", "60"], pass_fds=[lock.fileno()])
        print(left.pid, file=lock, flush=True)
    with dbt_runner.folder_lock(tmp_path):
        assert left.wait() == -signal.SIGKILL


@pytest.fixture
def build_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Report]:
    """A build in which these lines of Python stand in for the process of dbt."""

    def build(source: str) -> Report:
        script = tmp_path / "script.py"
        script.write_text(source)
        monkeypatch.setattr(dbt_runner, "PROCESS", script)
        return dbt_runner.build(
            target="duckdb",
            environment={},
            as_of=datetime(2026, 5, 1, tzinfo=UTC),
            folder=tmp_path / "dbt",
            full_refresh=False,
        )

    return build


def test_a_build_that_hangs_is_killed_and_says_after_how_long(
    build_by: Callable[[str], Report], settings: Any
) -> None:
    settings.TRANSFORM_MAX_MINUTES = 0.01
    report = build_by("import time; time.sleep(60)")
    assert report.summary.startswith("dbt was ended after 0.01 minutes: TRANSFORM_MAX_MINUTES")


def test_a_dbt_that_is_killed_is_no_red_test(build_by: Callable[[str], Report]) -> None:
    report = build_by("import os; os.kill(os.getpid(), 9)")
    assert report.is_killed and report.summary == "dbt ended with -9"


def test_nothing_that_changes_from_build_to_build_makes_dbt_parse_anew(tmp_path: Path) -> None:
    """dbt compares its variables, and what its profile says of the connection."""
    builds = DuckDBBuilds(tmp_path, lake=LakeLocation(path="/nowhere"))
    first, second = (builds.begin(name, fresh=True) for name in ("first", "second"))
    assert first == second
    command = dbt_runner._common_arguments(target="duckdb", folder=tmp_path)
    assert json.loads(command[command.index("--vars") + 1]).keys() == {"recommendations"}


def test_hooks_are_no_steps_of_a_build() -> None:
    steps: list[tuple[int, int, str]] = []
    for kind, total in (("operation", 1), ("model", 145)):
        node = {"resource_type": kind, "node_name": kind}
        data = {"index": 1, "total": total, "execution_time": 0.1, "node_info": node}
        dbt_runner._handle_line({"data": data}, [], lambda *step: steps.append(step))
    assert steps == [(1, 145, "model")]


def test_old_sources_are_reported_and_make_no_build_red(tmp_path: Path) -> None:
    built = {"unique_id": "model.spotifyweb.silver_plays", "status": "success", "message": ""}
    (tmp_path / "run_results.json").write_text(json.dumps({"results": [built]}))
    plays = {"unique_id": "source.spotifyweb.lake.plays", "status": "error"}
    (tmp_path / "sources.json").write_text(json.dumps({"results": [plays]}))
    report = dbt_runner.read_report(tmp_path)
    assert (report.freshness, report.failures) == ({"plays": "error"}, [])


def test_a_run_keeps_models_and_tests_with_their_times_and_no_exposures(tmp_path: Path) -> None:
    results = [
        {"unique_id": "model.spotifyweb.tracks", "status": "success", "execution_time": 1.234},
        {"unique_id": "test.spotifyweb.no_time", "status": "warn", "failures": 3},
        {"unique_id": "exposure.spotifyweb.overview", "status": "no-op"},
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
    assert dbt_runner.read_report(tmp_path).results == [
        {"kind": "model", "name": "tracks", "status": "success", "seconds": 1.23},
        {"kind": "test", "name": "no_time", "status": "warn", "seconds": 0, "rows": 3},
    ]


def test_dbt_ends_where_its_starter_was_killed() -> None:
    """A thread of dbt that could not report would leave the others waiting forever."""
    code = (
        "import sys, threading, time; sys.path.insert(0, sys.argv[1]); import dbt_process;"
        " sys.stdin.read(); threading.Thread(target=dbt_process._print, args=['done']).start();"
        " time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(dbt_runner.PROCESS.parent)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin and process.stdout
        process.stdout.close()
        process.stdin.close()
        assert process.wait(50) == 1


def test_docs_that_a_power_cut_emptied_are_written_again(tmp_path: Path) -> None:
    page = dbt_runner.docs_path(tmp_path)
    page.parent.mkdir(parents=True)
    assert not dbt_runner.has_docs(tmp_path)
    page.write_text("")
    assert not dbt_runner.has_docs(tmp_path)
    page.write_text("<html>")
    assert dbt_runner.has_docs(tmp_path)
