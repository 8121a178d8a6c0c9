"""What a mark keeps out does not even reach the log: by an archive, or by the hourly fetch."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ingestion.fetch import producer
from ingestion.history_import import jobs
from ingestion.models import Cursor, HistoryImport
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.events import Play
from spotifyweb.privacy import erasure_requests
from spotifyweb.privacy.models import ErasureRequest
from spotifyweb.spotify.payloads import Page
from tests.support.erasure_traces import DAY, play

pytestmark = pytest.mark.django_db
HOURS = [DAY, DAY + timedelta(hours=5)]  # the first is in the period, the second is not


@pytest.fixture
def suppressed_day(alice: Listener) -> ErasureRequest:
    period = {"since": DAY - timedelta(hours=1), "until": DAY + timedelta(hours=1)}
    now = timezone.now()
    return ErasureRequest.objects.create(
        listener=alice, kind=ErasureRequest.Kind.PERIOD, asked_at=now, **period
    )


def imported(alice: Listener, folder: Path) -> dict[str, int]:
    """What an import of an archive of two plays came to."""
    file = folder / "Streaming_History_Audio_2026.json"
    told = [
        {
            "ts": ended_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ms_played": 60_000,
            "master_metadata_track_name": "Harbour",
            "master_metadata_album_artist_name": "Pale Coast",
            "spotify_track_uri": "spotify:track:0harbour",
            "reason_end": "trackdone",
        }
        for ended_at in HOURS
    ]
    file.write_text(json.dumps(told))
    history = HistoryImport.objects.create(listener=alice, file_name=file.name)
    jobs.run_import(history, [file], log=clients.event_log(), now=timezone.now())
    return {name: count for name, count in history.outcomes.items() if count}


def test_an_import_counts_suppressed_rows_and_lands_them_once_lifted(
    alice: Listener, suppressed_day: ErasureRequest, own_place: None, tmp_path: Path
) -> None:
    assert imported(alice, tmp_path) == {"plays": 1, "rejected": 1}
    assert clients.event_log().lag("user_plays") == 1

    erasure_requests.lift_suppression(suppressed_day, now=timezone.now())

    assert imported(alice, tmp_path)["plays"] == 2


def append(plays: list[Play], cursor: Cursor, counts: Counter[str]) -> None:
    page = Page(events=plays, tracks=[])
    producer.append_page(
        clients.event_log(), plays, page, cursor=cursor, counts=counts, now=timezone.now()
    )


def test_the_hourly_fetch_suppresses_it(alice: Listener, suppressed_day: ErasureRequest) -> None:
    cursor = Cursor(listener=alice, stream=Cursor.Stream.RECENTLY_PLAYED)
    counts: Counter[str] = Counter()

    append([play("alice", 0), play("alice", 300)], cursor, counts)

    assert counts["plays"] == clients.event_log().lag("user_plays") == 1


def test_nothing_of_others_is_suppressed(bob: Listener, suppressed_day: ErasureRequest) -> None:
    counts: Counter[str] = Counter()
    append([play("bob", 0)], Cursor(listener=bob), counts)

    assert counts["plays"] == 1
