"""Hostile uploads by the thousand at the parser's process, by the hundred through the page; and one
of more than 2 GB.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from bench.harness.history_export import row
from bench.harness.instance import Instance
from bench.harness.processes import PATIENCE_SECONDS
from bench.harness.sandbox_client import MIRA
from ingestion.history_import import parser_client
from ingestion.history_import.errors import Sentence, join
from ingestion.history_import.importer import Importer
from ingestion.history_import.jobs import INTERNAL_ERROR
from spotifyweb.eventlog import EventLog
from tests.data import hostile
from tests.faults import players

pytestmark = pytest.mark.faults
MAX_MB = 300
WITH_PEAK = """
import pathlib, resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
pathlib.Path(sys.argv[1]).write_text(str(peak))
sys.exit(status)
"""  # a process counts the memory of who started it as its own
AT_ONCE = 100  # uploads for one process, which is otherwise started for each
REASON_AND_HINT = re.compile(r".{20,}[.)] .{15,}\.", re.S)  # a reason and what to do


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_the_parser_has_a_reasoned_answer_to_every_hostile_file(count: int, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    cases = [*hostile.cases(), *hostile.mutations(count, seed=seed)][:count]
    answers: list[dict[str, Any]] = []
    rest = iter(cases)
    while some := list(islice(rest, AT_ONCE)):
        answers += _answers(some, tmp_path / "uploads")
    for case, answer in zip(cases, answers, strict=True):
        failure = f"{case.name} (seed {seed}): {answer}"
        if "refused" in answer:
            assert REASON_AND_HINT.match(_text(answer["refused"])), failure
        else:
            assert all(
                REASON_AND_HINT.match(_text(file["reason"])) for file in answer["rejected"]
            ), failure
    print(f"{count} files of seed {seed}: {sum('refused' in one for one in answers)} refused")  # noqa: T201


def _text(sentences: list[dict[str, Any]]) -> str:
    return join(Sentence(**sentence) for sentence in sentences)


def _answers(cases: list[hostile.Case], folder: Path) -> list[dict[str, Any]]:
    """What a process says to each: its refusal, or what it found and how many rows came."""
    requests_ = []
    for number, case in enumerate(cases):
        path = folder / str(number) / case.file
        path.parent.mkdir(parents=True)
        path.write_bytes(case.content)
        requests_.append({"paths": [str(path)], "max_bytes": 10**9, "excluded": {}})
    peak = folder / "peak"
    with subprocess.Popen(
        [sys.executable, "-c", WITH_PEAK, str(peak), *parser_client.COMMAND],
        cwd=parser_client.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(json.dumps(asked).encode() + b"\n" for asked in requests_))
        process.stdin.close()
        answers = list(_collected(process.stdout))
    assert process.returncode == 0, (
        f"it ended at {[case.name for case in cases][len(answers) :][:1]}"
    )
    assert int(peak.read_text()) / 1024 < MAX_MB
    shutil.rmtree(folder)
    return answers


def _collected(lines: Any) -> Iterator[dict[str, Any]]:
    answer: dict[str, Any] = {"rows": 0}
    for line in lines:
        message = json.loads(line)
        answer["rows"] += len(message.get("rows", ()))
        answer |= {key: message[key] for key in ("found", "rejected", "refused") if key in message}
        if "end" in message or "refused" in message:
            yield answer
            answer = {"rows": 0}


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    monkeypatch.setenv("UPLOAD_RATE", "1000/hour")
    running = Instance(folder=tmp_path / "house")
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.mark.long
def test_a_hundred_hostile_uploads_by_the_page_do_not_end_the_worker(instance: Instance) -> None:
    visit = requests.Session()
    visit.cookies.set("sessionid", players.log_in(instance, MIRA))
    visit.get(f"{instance.url}/import/", timeout=PATIENCE_SECONDS)
    worker = _worker(instance)
    named = [case for case in hostile.cases() if len(case.content) < 10**6]
    cases = [*named, *hostile.mutations(200, seed=8)][:100]
    for case in cases:
        answer = visit.post(
            f"{instance.url}/import/",
            files={"files": (case.file, case.content)},
            data={"csrfmiddlewaretoken": visit.cookies["csrftoken"]},
            headers={"Accept": "application/json", "Referer": f"{instance.url}/import/"},
            timeout=PATIENCE_SECONDS,
        )
        assert answer.status_code == 202, (case.name, answer.text)
    imports = _settled(instance, visit, count=len(cases))
    assert worker and players.processes(instance, "worker@") == worker, "the worker died"
    for upload, case in zip(reversed(imports), cases, strict=True):
        assert str(INTERNAL_ERROR) not in upload["error"], case.name
        assert upload["status"] == "done" or REASON_AND_HINT.match(upload["error"]), (
            case.name,
            upload,
        )
    assert not [path for path in (instance.folder / "uploads").iterdir() if path.is_dir()]


def _worker(instance: Instance) -> list[int]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := players.processes(instance, "worker@")) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def _settled(instance: Instance, visit: requests.Session, *, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 20 * PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = visit.get(f"{instance.url}/api/v1/imports", timeout=PATIENCE_SECONDS)
        imports: list[dict[str, Any]] = answer.json()
        if len(imports) == count and all(one["status"] in ("done", "failed") for one in imports):
            return imports
        time.sleep(2)
    raise AssertionError(f"not settled: {[one['status'] for one in imports]}")


class CountingLog:
    """Takes everything and keeps nothing."""

    def create_topics(self, topics: object) -> None: ...

    def append(self, topic: str, records: list[object]) -> int:
        return len(records)

    def sync(self) -> None: ...


@pytest.mark.long
def test_more_than_2_gb_in_zip64_are_read_in_little_memory(tmp_path: Path) -> None:
    """Few rows with much in them that nobody reads; more of it than the format of old can tell."""
    filler, count = "x" * 16_000, 140_000
    archive = tmp_path / "my_spotify_data.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with file.open("Streaming_History_Audio_2025_0.json", "w", force_zip64=True) as member:
            for number in range(count):
                moment = datetime.fromtimestamp(1_700_000_000 + 60 * number, UTC)
                odd = {"user_agent_decrypted": os.urandom(100).hex() + filler}
                text = json.dumps(row(ts=f"{moment:%Y-%m-%dT%H:%M:%SZ}", **odd))
                member.write((b"," if number else b"[") + text.encode())
            member.write(b"]")
        assert file.infolist()[0].file_size > 2 * 1024**3
    importer = Importer(
        user_id="alice",
        import_id=1,
        log=cast(EventLog, CountingLog()),
        ledgers=tmp_path / "imports",
        max_bytes=4 * 1024**3,
        now=datetime(2026, 6, 1, tzinfo=UTC),
    )
    report = importer.run([archive])
    assert report.tally.outcomes()["plays"] == report.tally.rows == count
    assert report.rejected == []
