"""`manage.py import_history`: one JSON object on stdout, an exit code, and a row to look at."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from bench.harness.history_export import Export, row, write
from ingestion.models import HistoryImport, Run
from spotifyweb import clients, locks
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.eventlog import LogError
from tests.ingestion.history_import.conftest import Appended

pytestmark = pytest.mark.django_db
Loose = Callable[[str, Any], Path]


def test_it_prints_rows_and_outcomes_that_add_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], appended: Appended
) -> None:
    archive = write(tmp_path / "a.zip", Export(count=500, seed=9).rows())
    call_command("import_history", str(archive), "--user", "dora", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"rows", "outcomes"}
    assert sum(told["outcomes"].values()) == told["rows"] == 500
    assert {event["user_id"] for event in appended()} == {"dora"}
    dora = Listener.objects.get(user_id="dora")
    assert dora.connection == Connection.LOCAL
    history = HistoryImport.objects.get(listener=dora)
    assert (history.rows, history.outcomes) == (500, told["outcomes"])
    assert Run.objects.get(stage="import").counts["plays"] == told["outcomes"]["plays"]


def test_several_paths_are_one_import(
    loose: Loose, capsys: pytest.CaptureFixture[str], appended: Appended
) -> None:
    paths = [
        str(loose("endsong_0.json", [row()])),
        str(loose("endsong_1.json", [row(), row(ts="2025-05-30T15:00:00Z")])),
    ]
    call_command("import_history", *paths, "--user", "dora")
    assert "2  plays" in capsys.readouterr().out
    assert HistoryImport.objects.get().outcomes["duplicates"] == 1
    assert len(appended()) == 2


def test_a_refusal_is_an_error_and_no_fault_of_the_stage(loose: Loose) -> None:
    with pytest.raises(CommandError, match=r"ReadMe\.pdf is a PDF"):
        call_command("import_history", str(loose("ReadMe.pdf", b"%PDF-1.4")), "--user", "dora")
    assert HistoryImport.objects.get().status == HistoryImport.Status.FAILED
    assert Run.objects.get().status == Run.Status.SUCCEEDED


def test_a_silent_log_is_an_error_that_can_be_mended(loose: Loose) -> None:
    path = str(loose("endsong_0.json", [row()]))
    silent = mock.patch.object(
        type(clients.event_log()), "append", side_effect=LogError("no acknowledgement")
    )
    with silent, pytest.raises(CommandError, match="nothing counts twice"):
        call_command("import_history", path, "--user", "dora")
    assert HistoryImport.objects.get().status == HistoryImport.Status.FAILED
    call_command("import_history", path, "--user", "dora")
    assert HistoryImport.objects.first().outcomes["plays"] == 1  # type: ignore[union-attr]


def test_two_imports_of_one_listener_do_not_run_at_once(loose: Loose) -> None:
    path = str(loose("endsong_0.json", [row()]))
    with locks.lock("import:dora"), pytest.raises(CommandError, match="another run"):
        call_command("import_history", path, "--user", "dora")
