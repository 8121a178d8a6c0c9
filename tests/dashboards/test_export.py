"""Everything of one's own, and nothing of anybody else's."""

import asyncio
import csv
import io
import json
from collections import Counter

import pyarrow.parquet as pq
import pytest
from django.test import AsyncClient, Client
from django.utils import timezone

from ingestion.history_import.parser import RowParser
from ingestion.history_import.shapes import Shape
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.export import formats
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of


def exported(listener: Listener, kind: str) -> bytes:
    async def read() -> bytes:
        browser = AsyncClient()
        await browser.aforce_login(listener)
        response = await browser.get(f"/export/listening.{kind}")
        assert response.status_code == 200
        return b"".join([piece async for piece in response.streaming_content])  # type: ignore[attr-defined]

    return asyncio.run(read())


@pytest.mark.django_db(transaction=True)
def test_each_format_has_every_listen(kavya: Listener, all_heard: list[CountedListen]) -> None:
    listens = listens_of(all_heard, "kavya", lambda one: True, spoken=None)
    heard_ms = sum(one.heard_ms for one in listens)
    rows = list(csv.DictReader(io.StringIO(exported(kavya, "csv").decode("utf-8-sig"))))
    assert (len(rows), sum(int(row["heard_ms"] or 0) for row in rows)) == (len(listens), heard_ms)
    history = json.loads(exported(kavya, "json"))
    assert sum(row["ms_played"] or 0 for row in history) == heard_ms
    titles = ("master_metadata_track_name", "episode_name", "audiobook_chapter_title")
    names = {next(row[title] for title in titles if row[title]) for row in history}
    assert names == {one.track_name for one in listens}
    table = pq.read_table(io.BytesIO(exported(kavya, "parquet")))
    assert (table.num_rows, len(set(table["event_id"].to_pylist()))) == (len(rows), len(rows))


@pytest.mark.django_db(transaction=True)
def test_json_is_imported_again_as_what_it_was(kavya: Listener) -> None:
    """Chapters came back as episodes of podcasts."""
    parse = RowParser(user_id="kavya", latest=timezone.now()).for_shape(Shape.EXTENDED)
    events = [parse(row).event for row in json.loads(exported(kavya, "json")) if row["ms_played"]]
    imported = Counter((e.content_type, e.track_name, e.artist_name) for e in events if e)
    rows = pq.read_table(io.BytesIO(exported(kavya, "parquet"))).to_pylist()
    names = ("content_type", "track_name", "artist_name")
    assert imported == Counter(tuple(row[n] for n in names) for row in rows if row["heard_ms"])
    assert {kind for kind, *_ in imported} == {"track", "episode", "chapter"}


@pytest.mark.django_db(transaction=True)
def test_a_spreadsheet_knows_that_csv_is_utf_8(kavya: Listener) -> None:
    """Without the mark Excel shows Ã© for é."""
    assert exported(kavya, "csv").startswith(b"\xef\xbb\xbfevent_id,")


@pytest.mark.parametrize("kind", formats.FORMATS)
@pytest.mark.django_db(transaction=True)
def test_head_has_the_same_headers_and_reads_no_play(
    kavya: Listener, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    browser = browser_of(kavya)
    whole = browser.get(f"/export/listening.{kind}").headers
    monkeypatch.setattr(formats, "plays_by_month", lambda *_: pytest.fail("read"))
    head = browser.head(f"/export/listening.{kind}")
    assert (head.status_code, dict(head.headers)) == (200, dict(whole))


@pytest.mark.django_db(transaction=True)
def test_charlie_exports_nothing(charlie: Listener) -> None:
    assert json.loads(exported(charlie, "json")) == []
    assert exported(charlie, "csv").count(b"\n") == 1
    assert pq.read_table(io.BytesIO(exported(charlie, "parquet"))).num_rows == 0


def test_strangers_are_sent_to_the_login(db: None) -> None:
    assert Client().get("/export/listening.csv").status_code == 302


def test_no_other_format(kavya: Listener) -> None:
    browser = Client()
    browser.force_login(kavya)
    assert browser.get("/export/listening.exe").status_code == 404
