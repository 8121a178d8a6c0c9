"""An importer on the real log, and a look at what it appended."""

import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bench.harness.history_export import Export, write
from ingestion import tasks
from ingestion.history_import import jobs, uploads
from ingestion.history_import.importer import Importer, Report
from ingestion.history_import.parser_client import Parse
from ingestion.history_import.parser_process import Message, UploadParser
from ingestion.models import HistoryImport
from spotifyweb import clients
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Play, Skip

NOW = datetime(2026, 6, 1, tzinfo=UTC)
Import = Callable[..., Report]
Appended = Callable[[], list[dict[str, Any]]]


def parse_here(request: Message) -> Generator[Message, None, None]:
    """As the process of its own does, without starting one."""
    messages: list[bytes] = []
    UploadParser(send=lambda message: messages.append(orjson.dumps(message))).run(request)
    yield from (orjson.loads(message) for message in messages)


@pytest.fixture(autouse=True)
def _no_ledgers() -> None:
    """What another test imported is not remembered here."""
    shutil.rmtree(jobs.ledger_folder(), ignore_errors=True)


@pytest.fixture
def log() -> EventLog:
    log = clients.event_log()
    log.create_topics([Play.topic, Skip.topic])
    return log


@pytest.fixture
def run(log: EventLog, tmp_path: Path) -> Import:
    """Import some paths for alice, with a small limit on what may be unpacked."""

    def run(
        *paths: Path, import_id: int = 1, max_bytes: int = 64 * 1024**2, parse: Parse = parse_here
    ) -> Report:
        importer = Importer(
            user_id="alice",
            import_id=import_id,
            log=log,
            ledgers=tmp_path / "imports",
            max_bytes=max_bytes,
            now=NOW,
            parse=parse,
        )
        return importer.run(paths)

    return run


@pytest.fixture
def appended(log: EventLog) -> Appended:
    """Everything in the log since the last look."""

    def look() -> list[dict[str, Any]]:
        found = []
        for topic in (Play.topic, Skip.topic):
            for batch in log.drain(topic, max_records=10_000, max_bytes=10**9):
                found += [orjson.loads(value) for value in batch.values]
                log.commit(batch)
        return found

    return look


@pytest.fixture
def loose(tmp_path: Path) -> Callable[[str, Any], Path]:
    """A JSON file of that name."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        data = content if isinstance(content, bytes) else orjson.dumps(content)
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def asked() -> Iterator[list[int]]:
    """Imports for which a worker was asked."""
    sent: list[int] = []

    def send(args: object = (), kwargs: Any = None, **_: object) -> None:
        sent.append(kwargs["import_pk"])

    with mock.patch.object(tasks.import_history, "apply_async", side_effect=send):
        yield sent


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    return write(tmp_path / "a.zip", Export(count=400, seed=2).rows()).read_bytes()


def file(content: bytes, name: str = "my_spotify_data.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def nothing_is_kept() -> bool:
    """Neither in the lake nor on this host."""
    return not [*clients.lake().keys(uploads.KEYS), *uploads.folder().iterdir()]


def work(pk: int) -> HistoryImport:
    """What a worker does with it; the build that follows is not of interest here."""
    with mock.patch.object(tasks.consume_all, "delay") as consume:
        tasks.import_history(import_pk=pk)
    history = HistoryImport.objects.get(pk=pk)
    assert consume.called == history.is_finished
    return history
