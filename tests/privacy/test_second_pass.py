"""An erasure ends by itself: when nothing is on its way any more, and a build is there."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from bench.harness.sandbox_client import MIRA
from ingestion.history_import import uploads
from ingestion.models import HistoryImport
from spotifyweb import clients, locks
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.eventlog import EventLog
from spotifyweb.privacy import erasure_requests, execution, receipts, tasks
from spotifyweb.privacy.models import ErasedAccount, ErasureRequest
from tests.support.erasure_traces import (
    DAY,
    close_account,
    find_traces,
    play,
    run_second_pass,
    sink,
)
from tests.support.lake_rows import append_events, rows
from tests.support.queues import empty_queues, waiting_tasks

pytestmark = pytest.mark.django_db


def test_who_comes_back_later_keeps_what_they_then_listen_to(
    traces: Listener, sandbox_settings: Any
) -> None:
    close_account(traces, erasure_requests.Retention.EVERYTHING)
    sink()
    ErasedAccount.objects.update(before=timezone.now() - timedelta(minutes=2))  # two minutes later
    Listener.objects.create(user_id=MIRA, connection=Connection.CONNECTED)
    append_events([play(MIRA, 500)])
    sink()

    assert run_second_pass() == 1

    mine = [row for row in rows(clients.lake(), "plays") if row["user_id"] == MIRA]
    assert [row["track_id"] for row in mine] == ["track-500"]
    assert Listener.objects.filter(user_id=MIRA).exists()


def test_an_erasure_that_was_cut_off_is_completed(
    traces: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("spotifyweb.lake.deletion.delete_rows_of_object", cut)
        with pytest.raises(KeyboardInterrupt):
            close_account(traces, erasure_requests.Retention.EVERYTHING)
    sink()
    execution.resume_all(clock=timezone.now)  # the next round takes it up
    assert run_second_pass() == 1

    assert find_traces(MIRA) == []


@pytest.mark.parametrize(
    "choice", [erasure_requests.Retention.EVERYTHING, erasure_requests.Retention.SPOTIFY]
)
def test_what_a_fetch_appended_after_they_left_goes_too(
    traces: Listener, choice: erasure_requests.Retention
) -> None:
    close_account(traces, choice)

    append_events([play(MIRA, 700), play("bob", 700)])  # by a worker that was in the middle of it
    sink()
    assert MIRA in {row["user_id"] for row in rows(clients.lake(), "plays")}
    assert run_second_pass() == 1

    assert {row["user_id"] for row in rows(clients.lake(), "plays")} == {"bob"}


def test_while_something_is_fetched_for_them_it_is_not_over(traces: Listener) -> None:
    close_account(traces, erasure_requests.Retention.SPOTIFY)
    sink()

    with locks.lock(f"produce:{traces.pk}"):
        assert run_second_pass() == 0
    assert run_second_pass() == 1


def test_a_red_build_is_asked_for_again_and_ends_nothing(traces: Listener) -> None:
    erasure = close_account(traces, erasure_requests.Retention.EVERYTHING)
    sink()
    run_second_pass()
    empty_queues()

    execution.resume_all(clock=timezone.now)

    erasure.refresh_from_db()
    assert (erasure.second_pass_at is not None, erasure.done_at) == (True, None)
    assert waiting_tasks() == ["ingestion.transform"]
    assert not ErasedAccount.objects.exists(), "nobody's name waits for a build"


def test_an_erased_account_without_a_request_gets_one(db: None) -> None:
    ErasedAccount.objects.create(user_id="gone", before=DAY)

    execution.resume_all(clock=timezone.now)

    assert ErasureRequest.objects.get().kind == ErasureRequest.Kind.EVERYTHING


def test_the_warehouse_is_asked_to_build_anew(traces: Listener) -> None:
    empty_queues()  # the login asked for a first fetch

    close_account(traces, erasure_requests.Retention.EVERYTHING)

    assert waiting_tasks() == ["accounts.erase", "ingestion.transform"]


def test_with_nothing_to_finish_nothing_happens(db: None) -> None:
    tasks.finish_erasures()

    assert waiting_tasks() == []


def test_an_archive_that_waits_for_its_import_goes_from_the_disk(
    traces: Listener, bob: Listener
) -> None:
    def uploaded(who: Listener) -> HistoryImport:
        archive = SimpleUploadedFile("my_spotify_data.zip", f"of {who.user_id}".encode())
        return uploads.receive([archive], listener=who)

    mine, bobs = uploaded(traces), uploaded(bob)

    erasure = close_account(traces, erasure_requests.Retention.EVERYTHING)

    assert erasure.removed["uploaded files"] == 1
    assert not list(clients.lake().keys(mine.path))
    with uploads.local_files(bobs) as [kept]:
        assert kept.read_bytes() == b"of bob"
    sink()
    assert run_second_pass() == 1
    assert find_traces(MIRA) == []


@pytest.mark.parametrize(
    ("after", "is_done"), [(timedelta(microseconds=-1), False), (timedelta(), True)]
)
def test_done_is_never_said_on_a_build_that_is_older_than_the_removal(
    traces: Listener, monkeypatch: pytest.MonkeyPatch, after: timedelta, is_done: bool
) -> None:
    """Not by the rounds of the schedule either, which ask for another one until there is."""
    erasure = close_account(traces, erasure_requests.Retention.EVERYTHING)
    sink()
    run_second_pass()
    erasure.refresh_from_db()
    assert erasure.first_pass_at and erasure.second_pass_at
    built = erasure.first_pass_at + after, "a-build"
    monkeypatch.setattr(execution, "published_build", lambda: built)
    empty_queues()

    assert execution.needs_build() is not is_done
    assert execution.resume_all(clock=timezone.now) == is_done

    erasure.refresh_from_db()
    assert (erasure.done_at is not None, erasure.build_id) == (
        is_done,
        "a-build" if is_done else "",
    )
    assert waiting_tasks() == ([] if is_done else ["ingestion.transform"])
    page = Client().get(f"/data/erasures/{erasure.token}/")
    assert page.context["state"] == ("done" if is_done else "building")


class SharedLog:
    """A log with topics that others read for four days."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def truncate_committed(self, topic: str) -> bool:
        return topic == "user_likes"

    def retention(self, topic: str) -> timedelta:
        return timedelta(days=4 if topic == "user_plays" else 2)


def test_the_receipt_says_when_the_log_has_forgotten(
    traces: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_account(traces, erasure_requests.Retention.EVERYTHING)
    sink()
    shared = SharedLog(clients.event_log())
    monkeypatch.setattr(clients, "event_log", lambda: shared)

    assert run_second_pass() == 1

    erasure = ErasureRequest.objects.get()
    assert erasure.second_pass_at is not None
    forgets_at = erasure.second_pass_at + timedelta(days=4)
    receipt = receipts.receipt(erasure)
    assert receipt["log_forgets_at"] == forgets_at
    until = f"expire on {forgets_at:%-d %b %Y, %H:%M} (UTC)."  # an erased account has no zone
    assert until in str(receipt["notes"])
    erasure.zone = "Europe/Oslo"
    local = forgets_at.astimezone(ZoneInfo("Europe/Oslo"))
    until = f"expire on {local:%-d %b %Y, %H:%M} (Europe/Oslo)."
    assert until in str(receipts.notes(erasure))
