"""The import page: upload, progress, what became of it, and nobody else's business."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from ingestion import tasks
from ingestion.history_import import jobs, uploads
from ingestion.models import HistoryImport
from spotifyweb import clients, locks
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import LogError
from tests.data import hostile
from tests.ingestion.history_import.conftest import Appended, file, nothing_is_kept, work

Status = HistoryImport.Status
SCRIPT = {"HTTP_ACCEPT": "application/json"}


def test_an_uploaded_zip_is_imported_shown_and_deleted(
    client: Client, alice: Listener, archive: bytes, asked: list[int], appended: Appended
) -> None:
    client.force_login(alice)
    answer = client.post("/import/", {"files": [file(archive)]}, **SCRIPT)  # type: ignore[arg-type]
    assert answer.status_code == 202
    [pk] = asked
    assert answer.json() == {"url": f"/import/{pk}/", "card": f"import-{pk}"}
    assert f'id="import-{pk}"' in client.get("/import/").text
    waiting = client.get(f"/import/{pk}/").json()
    assert (waiting["status"], waiting["status_text"]) == ("waiting", "Waiting")
    assert b"data-poll" in client.get("/import/").content

    history = work(pk)
    assert history.status == Status.DONE, history.error
    assert sum(history.outcomes.values()) == history.rows == 400
    assert len(appended()) == sum(
        history.outcomes[key] for key in ("plays", "skips", "podcasts", "audiobooks")
    )
    assert nothing_is_kept()
    state = client.get(f"/import/{pk}/").json()
    assert (state["status"], state["percent"]) == ("done", 100)
    page = client.get("/import/").content.decode()
    assert "neither an id nor a title" in page
    assert 'href="/">See your statistics' in page
    assert "198.51.100." not in page


def test_without_a_script_the_form_leads_back_to_the_page(
    client: Client, alice: Listener, archive: bytes, asked: list[int]
) -> None:
    client.force_login(alice)
    answer = client.post("/import/", {"files": [file(archive)]})
    [pk] = asked
    assert (answer.status_code, answer["Location"]) == (302, f"/import/#import-{pk}")
    uploads.discard(HistoryImport.objects.get(pk=pk))


def test_charlie_sees_nothing_of_alices_imports(
    client: Client, alice: Listener, charlie: Listener
) -> None:
    hers = HistoryImport.objects.create(listener=alice, file_name="alices-secret.zip")
    client.force_login(alice)
    assert [told["file_name"] for told in client.get("/api/v1/imports").json()] == [hers.file_name]
    client.force_login(charlie)
    assert client.get("/api/v1/imports").json() == []
    assert client.get(f"/import/{hers.pk}/").status_code == 404
    assert b"alices-secret" not in client.get("/import/").content
    client.logout()
    for path in ("/import/", f"/import/{hers.pk}/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


def test_a_wrong_file_is_answered_on_the_page(
    client: Client, alice: Listener, asked: list[int]
) -> None:
    client.force_login(alice)
    client.post("/import/", {"files": [file(b"%PDF-1.4", "ReadMe.pdf")]})
    history = work(asked[0])
    assert history.status == Status.FAILED
    page = client.get("/import/").content.decode()
    assert "ReadMe.pdf is a PDF, not listening history. Upload the zip" in page
    assert nothing_is_kept()


def test_two_files_of_one_name_and_a_name_that_climbs_are_kept_apart(
    client: Client, alice: Listener, asked: list[int]
) -> None:
    client.force_login(alice)
    files = [file(b"[]", "../../endsong_0.json"), file(b"[]", "endsong_0.json")]
    files.append(file(b"[]", "ü" * 120 + ".json"))
    client.post("/import/", {"files": files})
    history = HistoryImport.objects.get(pk=asked[0])
    with uploads.local_files(history) as kept:
        assert [path.name for path in kept[:2]] == ["endsong_0.json"] * 2
        assert all(uploads.folder() in path.parents for path in kept)
    assert work(asked[0]).rows == 0


@pytest.mark.parametrize("form", [{}, {"files": ""}], ids=["no field", "no file"])
def test_nothing_chosen_is_said(
    client: Client, alice: Listener, form: dict[str, Any], asked: list[int]
) -> None:
    client.force_login(alice)
    assert b"Choose a file first" in client.post("/import/", form).content
    assert asked == []


def test_an_upload_over_the_limit_is_refused_before_it_is_read(
    client: Client, alice: Listener, archive: bytes, settings: Any
) -> None:
    settings.IMPORT_MAX_BYTES = -100_000
    client.force_login(alice)
    answer = client.post("/import/", {"files": [file(archive)]}, **SCRIPT)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert "the limit is -0.00 GB. Upload the files one after" in answer.json()["error"]


def test_a_form_from_elsewhere_is_refused(alice: Listener, archive: bytes) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/import/", {"files": [file(archive)]}).status_code == 403
    assert not HistoryImport.objects.exists()


def test_what_a_killed_worker_left_behind_starts_over(
    alice: Listener, archive: bytes, asked: list[int], appended: Appended
) -> None:
    history = uploads.receive([file(archive)], listener=alice)
    lost = HistoryImport.objects.create(listener=alice, file_name="by command.zip")
    both = HistoryImport.objects.filter(pk__in=[history.pk, lost.pk])
    both.update(status=Status.RUNNING, created_at=lost.created_at - jobs.INTERRUPTED_AFTER * 2)
    tasks.resume_imports()
    assert asked == [history.pk]
    lost.refresh_from_db()
    assert lost.status == Status.FAILED
    assert "interrupted" in lost.error
    assert work(history.pk).status == Status.DONE
    assert len(appended()) > 300
    tasks.resume_imports()
    assert asked == [history.pk]


def test_an_upload_made_during_an_import_is_next(
    alice: Listener, bob: Listener, archive: bytes, asked: list[int], appended: Appended
) -> None:
    first, second, third = (
        uploads.receive([file(content)], listener=alice) for content in (b"{", archive, archive)
    )
    uploads.receive([file(archive)], listener=bob)
    with locks.lock(f"import:{alice.user_id}"):
        for found_it_held in (second, third):
            assert work(found_it_held.pk).status == Status.WAITING
    assert asked == []
    assert work(first.pk).status == Status.FAILED
    assert work(second.pk).status == Status.DONE
    assert asked == [second.pk, third.pk]


def test_a_zip_with_a_hostile_file_brings_the_others_and_says_what_is_missing(
    client: Client, alice: Listener, asked: list[int], appended: Appended
) -> None:
    """The whole way, with the process of its own; these names ended it or the worker once, and the
    first made the zip unreadable as a whole.
    """
    second = {"Streaming_History_Audio_2025_2.json": hostile.GOOD}
    members = {
        "Streaming_History_Audio_2024_1.json": hostile.GOOD,
        "Streaming_History_Audio_1²2.json": hostile.NESTED,
        f"endsong_{hostile.DIGITS.decode()}.json": b"[" + hostile.DIGITS,
        **second,
    }
    client.force_login(alice)
    client.post("/import/", {"files": [file(hostile.of_version_99(hostile.packed(members)))]})
    history = work(asked[0])
    assert (history.status, history.error) == (Status.DONE, "")
    assert history.outcomes["plays"] == len(appended()) == 1
    assert len(history.rejected_files) == 3
    page = client.get("/import/").content.decode()
    assert "Streaming_History_Audio_1²2.json ends before its first play" in page
    assert "2024_1.json uses a kind of compression that is not supported" in page
    assert "is a fault here" not in page
    assert len(client.get("/api/v1/imports").json()[0]["rejected_files"]) == 3


def test_files_of_an_import_that_failed_by_our_fault_are_deleted_too(
    client: Client, alice: Listener, archive: bytes, asked: list[int]
) -> None:
    client.force_login(alice)
    client.post("/import/", {"files": [file(archive)]})
    broken = mock.patch(
        "ingestion.history_import.importer.Importer.run", side_effect=ZeroDivisionError
    )
    with broken, pytest.raises(ZeroDivisionError):
        tasks.import_history(import_pk=asked[0])
    history = HistoryImport.objects.get()
    assert (history.status, history.path) == (Status.FAILED, "")
    assert "is a fault here" in history.error
    assert nothing_is_kept()


def test_files_wait_while_the_log_is_away(
    client: Client, alice: Listener, archive: bytes, asked: list[int]
) -> None:
    client.force_login(alice)
    client.post("/import/", {"files": [file(archive)]})
    away = mock.patch(
        "ingestion.history_import.importer.Importer.run", side_effect=LogError("away")
    )
    with away, pytest.raises(LogError):
        tasks.import_history(import_pk=asked[0])
    history = HistoryImport.objects.get()
    assert (history.status, uploads.discard(history)) == (Status.WAITING, 1)


def test_whatever_an_interruption_left_behind_is_removed(alice: Listener, archive: bytes) -> None:
    waiting = uploads.receive([file(archive)], listener=alice)
    settled = uploads.receive([file(archive)], listener=alice)
    HistoryImport.objects.filter(pk=settled.pk).update(status=Status.FAILED, error="why")
    orphan = uploads.receive([file(archive)], listener=alice)
    HistoryImport.objects.filter(pk=orphan.pk).delete()
    broken_off = uploads.folder() / "tmpabc.upload.zip"
    broken_off.write_bytes(archive)
    now = timezone.now()
    assert uploads.sweep(now=now) == 1, "the others may still be written"
    assert uploads.sweep(now=now + uploads.ABANDONED + timedelta(minutes=1)) == 2
    assert {key.rpartition(".")[0] for key in clients.lake().keys(uploads.KEYS)} == {waiting.path}
    uploads.discard(waiting)
    assert nothing_is_kept()
