"""Uploads and what was imported, where web and worker are hosts with a DATA_DIR each."""

import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from ingestion import tasks
from ingestion.history_import import jobs, ledger, uploads
from ingestion.models import HistoryImport
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import LakeError, LocalLake
from tests.ingestion.history_import.conftest import file, nothing_is_kept, work

Status = HistoryImport.Status
SCRIPT = {"HTTP_ACCEPT": "application/json"}


def test_an_upload_on_one_host_is_imported_on_another_and_remembered_on_a_third(
    client: Client, alice: Listener, archive: bytes, asked: list[int], tmp_path: Path, settings: Any
) -> None:
    """Hosts share the lake, the database and the log, and have a DATA_DIR each."""
    outcomes = []
    client.force_login(alice)
    for number in range(2):
        settings.DATA_DIR = tmp_path / f"web {number}"
        client.post("/import/", {"files": [file(archive)]})
        settings.DATA_DIR = tmp_path / f"worker {number}"
        outcomes.append(work(asked[number]).outcomes)
        assert nothing_is_kept()
    assert outcomes[0]["plays"] > 100
    assert outcomes[1].get("plays", 0) == outcomes[1].get("skips", 0) == 0
    assert sum(outcomes[1].values()) == 400


def test_what_an_earlier_version_imported_is_remembered(
    alice: Listener, archive: bytes, asked: list[int]
) -> None:
    """It kept ledgers below DATA_DIR."""
    work(uploads.receive([file(archive)], listener=alice).pk)
    former = ledger.ledger_path(jobs.ledger_folder(), alice.user_id)
    former.parent.mkdir(exist_ok=True)
    [key] = clients.lake().keys(ledger.KEYS)
    former.write_bytes(clients.lake().get(key))
    clients.lake().delete(key)

    again = work(uploads.receive([file(archive)], listener=alice).pk)

    assert again.outcomes.get("plays", 0) == 0
    assert not former.exists()


def test_files_that_are_gone_end_the_import_and_a_lake_that_is_away_does_not(
    client: Client, alice: Listener, archive: bytes, asked: list[int]
) -> None:
    client.force_login(alice)
    history = uploads.receive([file(archive)], listener=alice)
    away = mock.patch.object(LocalLake, "get_file", side_effect=LakeError("away"))
    with away, pytest.raises(LakeError):
        tasks.import_history(import_pk=history.pk)
    history.refresh_from_db()
    assert (history.status, history.error) == (Status.WAITING, "Waiting for the storage: away")

    with mock.patch.object(LocalLake, "put_file", side_effect=LakeError("away")):
        answer = client.post("/import/", {"files": [file(archive)]}, **SCRIPT)  # type: ignore[arg-type]
    assert (answer.status_code, "could not be stored" in answer.text) == (503, True)

    for key in clients.lake().keys(history.path):
        clients.lake().delete(key)
    tasks.import_history(import_pk=history.pk)
    history.refresh_from_db()
    assert history.status == Status.FAILED


def test_a_host_without_a_worker_removes_what_its_killed_web_left(
    client: Client, alice: Listener, archive: bytes, asked: list[int]
) -> None:
    """Before it looks whether there is room for the next upload."""
    broken_off = uploads.folder() / "tmpabc.upload.zip"
    broken_off.write_bytes(archive)
    before = (timezone.now() - uploads.ABANDONED).timestamp() - 60
    os.utime(broken_off, (before, before))
    client.force_login(alice)
    assert client.post("/import/", {"files": [file(archive)]}).status_code == 302
    assert not broken_off.exists()
    uploads.discard(HistoryImport.objects.get(pk=asked[0]))
