"""Compaction as the workers do it: beside the sink's claims, and never during an erasure."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion import tasks
from ingestion.models import Run, Stage
from ingestion.pipeline import compaction
from spotifyweb import clients, locks
from spotifyweb.lake import LocalLake
from spotifyweb.privacy import stores
from tests.support.compacted_lake import land

DAY = datetime(2026, 11, 22, tzinfo=UTC)
NIGHT = DAY + timedelta(days=1, hours=2)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalLake:
    """Three parts of one finished day."""
    store = LocalLake(tmp_path / "lake")
    for number in range(3):
        land(store, [f"a{number}"], at=DAY, offset=number)
    monkeypatch.setattr(clients, "lake", lambda: store)
    return store


def compact(store: LocalLake) -> Counter[str]:
    return compaction.compact_all(store=store, clock=lambda: NIGHT)


def test_it_leaves_what_is_claimed_and_comes_back_for_it(store: LocalLake) -> None:
    clients.redis_client().hset("claims:user_likes", "0/000002", "000002")
    assert compact(store) == Counter(written=1, parts=2, rows=2)
    clients.redis_client().delete("claims:user_likes")
    assert compact(store) == Counter(written=1, parts=2, rows=3)


def test_it_waits_for_an_erasure(store: LocalLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "LAKE_WAIT_SECONDS", 0)
    with locks.lock(stores.LAKE_LOCK), pytest.raises(locks.LockHeld):
        compact(store)
    assert len([*store.keys()]) == 3


@pytest.mark.django_db
def test_the_task_records_a_run_and_asks_for_the_deletion_an_hour_later(
    store: LocalLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(tasks.compact, "apply_async", lambda **options: asked.append(options))
    tasks.compact()
    run = Run.objects.get(stage=Stage.TIDY, subject="lake")
    assert (run.status, run.counts["written"], run.counts["rows"]) == ("succeeded", 1, 3)
    tasks.compact()
    assert asked == [{"countdown": compaction.SWEEP_SECONDS}]
