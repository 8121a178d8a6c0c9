"""The import by API: what curl sends with a token, refusals with a cure, nobody else's business."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.history_import import uploads
from ingestion.models import HistoryImport
from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import ApiToken, Listener
from tests.ingestion.history_import.conftest import file, nothing_is_kept, work

URL = "/api/v1/imports"
IMPORT, READ = ApiToken.Scope.IMPORT, ApiToken.Scope.STATS


def with_token(listener: Listener, *scopes: str) -> Client:
    token = api_tokens.create(listener, name="curl", scopes=scopes, now=timezone.now())
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_an_export_is_taken_in_and_its_state_read_where_the_answer_says(
    alice: Listener, charlie: Listener, archive: bytes, asked: list[int]
) -> None:
    curl = with_token(alice, IMPORT, READ)
    answer = curl.post(URL, {"files": [file(archive, "my_spotify_data (1).zip")]})
    assert answer.status_code == 202, answer.content
    [pk] = asked
    assert answer["Location"] == f"http://testserver{URL}/{pk}"
    first = answer.json()
    assert (first["url"], first["status"]) == (f"{URL}/{pk}", "waiting")
    assert first["file_name"] == "my_spotify_data (1).zip"

    history = work(pk)
    state = curl.get(answer["Location"]).json()
    assert (state["status"], state["percent"], state["rows"]) == ("done", 100, 400), history.error
    assert sum(state["outcomes"].values()) == 400
    assert nothing_is_kept()
    assert with_token(charlie, IMPORT, READ).get(answer["Location"]).status_code == 404
    assert [each["id"] for each in curl.get(URL).json()] == [pk]


def test_loose_json_files_are_one_import(alice: Listener, asked: list[int]) -> None:
    names = ["Streaming_History_Audio_2024_1.json", "Streaming_History_Audio_2024_1 (1).json"]
    files = [file(b"[]", name) for name in names]
    answer = with_token(alice, IMPORT).post(URL, {"files": files})
    assert answer.json()["file_name"] == ", ".join(names)
    history = work(asked[0])
    assert (history.status, history.rows) == ("done", 0), history.error


def test_a_wrong_file_fails_with_what_to_upload_instead(alice: Listener, asked: list[int]) -> None:
    curl = with_token(alice, IMPORT, READ)
    answer = curl.post(URL, {"files": [file(b"%PDF-1.4", "ReadMe.pdf")]})
    work(asked[0])
    state = curl.get(answer["Location"]).json()
    assert state["status"] == "failed"
    assert "ReadMe.pdf is a PDF, not listening history. Upload the zip" in state["error"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"data": {}}, 400, "no file in the field files. Send your export as multipart"),
        ({"data": {"file": "x"}}, 400, "Found file. Send your export"),
        ({"data": b"PK", "content_type": "application/zip"}, 415, '"application/zip" in request.'),
        ({"data": b"[]", "content_type": "application/json"}, 415, "curl -F files=@my_spotify"),
    ],
)
def test_what_is_no_upload_is_refused_with_a_cure(
    alice: Listener, asked: list[int], body: dict[str, Any], status: int, words: str
) -> None:
    answer = with_token(alice, IMPORT).post(URL, **body)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert asked == []


def test_an_upload_over_the_limit_names_both_sizes(
    alice: Listener, archive: bytes, settings: Any
) -> None:
    settings.IMPORT_MAX_BYTES = -100_000
    answer = with_token(alice, IMPORT).post(URL, {"files": [file(archive)]})
    assert answer.status_code == 413
    assert "the limit is -0.00 GB. Upload the files one after the other" in answer.json()["detail"]


def test_a_full_disk_is_said_before_anything_is_stored(
    alice: Listener, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: DiskUsage())
    answer = with_token(alice, IMPORT).post(URL, {"files": [file(archive)]})
    assert answer.status_code == 507
    assert "0.00 GB are free" in answer.json()["detail"]
    assert not HistoryImport.objects.exists()


class DiskUsage:
    free = 10


def test_only_a_token_with_the_permission_may_import(
    alice: Listener, archive: bytes, asked: list[int]
) -> None:
    form = {"files": [file(archive)]}
    assert with_token(alice, READ).post(URL, form).status_code == 403
    assert Client().post(URL, {"files": [file(archive)]}).status_code == 401
    session = Client(enforce_csrf_checks=True)
    session.force_login(alice)
    assert session.post(URL, {"files": [file(archive)]}).status_code == 403
    assert asked == []


def test_a_page_of_this_site_may_import_too(
    client: Client, alice: Listener, archive: bytes, asked: list[int]
) -> None:
    client.force_login(alice)
    assert client.post(URL, {"files": [file(archive)]}).status_code == 202
    uploads.discard(HistoryImport.objects.get(pk=asked[0]))
