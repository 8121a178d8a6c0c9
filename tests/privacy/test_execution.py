"""Orders go on by themselves: what landed late goes too, and one that fails holds up no other."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from spotifyweb import clients, lake
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import LakeError, deletion
from spotifyweb.privacy import execution, tasks
from spotifyweb.privacy.models import ErasureRequest
from tests.support.erasure_traces import DAY, play, run_second_pass, sink
from tests.support.lake_rows import append_events, rows

pytestmark = pytest.mark.django_db


def period_of(listener: Listener) -> ErasureRequest:
    return ErasureRequest.objects.create(
        listener=listener,
        kind=ErasureRequest.Kind.PERIOD,
        since=DAY - timedelta(hours=1),
        until=DAY + timedelta(hours=1),
        asked_at=timezone.now(),
    )


@pytest.fixture
def landed(alice: Listener, bob: Listener) -> None:
    append_events([play(who, minute) for minute in (0, 300) for who in ("alice", "bob")])
    sink()


def remaining() -> list[tuple[str, str]]:
    return sorted((row["user_id"], row["track_id"]) for row in rows(clients.lake(), "plays"))


def test_twice_is_once(landed: None, alice: Listener) -> None:
    erasure = period_of(alice)
    for _ in range(2):
        tasks.erase(order_pk=erasure.pk)
        execution.resume_all(clock=timezone.now)

    erasure.refresh_from_db()
    assert erasure.removed["stored records"] == 1
    assert remaining() == [("alice", "track-300"), ("bob", "track-0"), ("bob", "track-300")]


def test_what_a_sink_landed_that_knew_nothing_of_it_goes_in_the_second_pass(
    landed: None, alice: Listener
) -> None:
    key = next(key for key in clients.lake().keys("bronze/plays/") if key.endswith(".parquet"))
    old = lake.read_table(clients.lake(), key)
    erasure = period_of(alice)
    tasks.erase(order_pk=erasure.pk)
    erasure.refresh_from_db()
    before = erasure.first_pass_at
    lake.write_table(clients.lake(), key, old)  # paused before the order, written after it

    assert run_second_pass() == 1

    assert ("alice", "track-0") not in remaining()
    erasure.refresh_from_db()
    assert erasure.first_pass_at > before, "and the build must know of it"  # type: ignore[operator]
    assert erasure.removed["stored records"] == 2


def test_one_that_fails_holds_up_no_other(
    landed: None, alice: Listener, bob: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasures, find = [period_of(alice), period_of(bob)], deletion.find_objects

    def failing(door: lake.Lake, erased: Sequence[Any]) -> Iterator[deletion.MatchedObject]:
        if erased[0].user_id == "alice":
            raise LakeError("the disk is full")
        return find(door, erased)

    with monkeypatch.context() as broken:
        broken.setattr(deletion, "find_objects", failing)
        execution.resume_all(clock=timezone.now)
    for erasure in erasures:
        erasure.refresh_from_db()
    assert [erasure.first_pass_at is None for erasure in erasures] == [True, False]
    assert "log" in erasures[0].steps

    execution.resume_all(clock=timezone.now)

    assert remaining() == [("alice", "track-300"), ("bob", "track-300")]
