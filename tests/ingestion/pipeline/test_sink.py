"""What is appended lands once, as Parquet; what makes no event is set aside with its reason."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from ingestion.models import Reject, Run
from ingestion.pipeline import claims, sink, sink_writer
from ingestion.pipeline.rejects import TooManyRejects
from ingestion.pipeline.sink_writer import Limits, SinkResult
from spotifyweb import clients, lake, locks
from spotifyweb.events import Event, Play, Skip
from spotifyweb.lake import LocalLake, parts
from spotifyweb.privacy.models import ErasedAccount
from tests.support.lake_rows import append_events, event_ids, rows

NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
LIMITS = Limits(max_records=1000, max_bytes=1 << 25)

pytestmark = pytest.mark.django_db


def plays(count: int, user_id: str = "alice", kind: type[Play] = Play) -> list[Play]:
    return [
        kind(
            user_id=user_id,
            played_at=NOW - timedelta(minutes=3 * number),
            track_id=f"track-{number}",
            track_name=f"Sång “{number}”\n{{}}",
            artist_name="Band",
            ms_played=180_000,
            source="simulation",
        )
        for number in range(count)
    ]


def drain(store: lake.Lake, topic: str = "user_plays", limits: Limits = LIMITS) -> SinkResult:
    return sink.drain_topic(topic, log=clients.event_log(), store=store, limits=limits, now=NOW)


def ids(events: Sequence[Event]) -> list[str]:
    return sorted(event.event_id for event in events)


@pytest.fixture
def store(tmp_path: Path) -> LocalLake:
    return LocalLake(tmp_path / "lake")


def test_plays_land_as_they_were_with_where_they_came_from(store: LocalLake) -> None:
    played = plays(3)
    append_events(played)
    assert drain(store) == SinkResult(records=3, objects=1)
    landed = rows(store, "plays")
    assert [Play.from_json(_json(row)) for row in landed] == played
    assert {row["landed_at"] for row in landed} == {NOW}
    assert [row["log_offset"] for row in landed] == sorted(row["log_offset"] for row in landed)
    assert clients.event_log().lag("user_plays") == 0


def _json(row: dict[str, object]) -> dict[str, object]:
    moments = {"played_at", "started_at", "detected_at"}
    return {
        name: value.isoformat() if name in moments and isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None
    }


def test_a_second_drain_finds_nothing(store: LocalLake) -> None:
    append_events(plays(3))
    drain(store)
    assert drain(store) == SinkResult()
    assert len(rows(store, "plays")) == 3


def test_large_topics_land_in_batches_of_the_size_that_is_set(store: LocalLake) -> None:
    append_events(plays(250))
    result = drain(store, limits=replace(LIMITS, max_records=100))
    assert result == SinkResult(records=250, objects=3)
    assert event_ids(store, "plays") == ids(plays(250))


def test_a_drain_that_lasts_too_long_ends_after_a_batch_and_the_next_goes_on(
    store: LocalLake,
) -> None:
    append_events(plays(30))
    short = replace(LIMITS, max_records=10, max_seconds=1e-9)
    assert [drain(store, limits=short).records for _ in range(4)] == [10, 10, 10, 0]
    assert event_ids(store, "plays") == ids(plays(30))


def test_a_bad_record_sends_only_itself_aside(store: LocalLake) -> None:
    good = plays(120)
    append_events(good[:60])
    clients.event_log().append("user_plays", [("alice", b'{"event_id": "no'), ("bob", b"null")])
    append_events(good[60:])
    assert drain(store) == SinkResult(records=122, objects=1, rejects=2)
    assert event_ids(store, "plays") == ids(good)
    (kept,) = store.keys("rejects/plays/")
    first, second = lake.read_table(store, kept).to_pylist()
    assert (first["topic"], first["partition"], first["key"]) == ("user_plays", 0, "alice")
    assert (first["raw"], second["raw"]) == (b'{"event_id": "no', b"null")
    assert first["reason"].startswith("not JSON") and first["rejected_at"] == NOW
    listed = Reject.objects.get(offset=first["offset"])
    assert (listed.topic, listed.raw_start) == ("user_plays", '{"event_id": "no')
    assert clients.event_log().lag("user_plays_dlq") == 2


def test_an_event_with_a_field_unknown_here_is_set_aside_whole(store: LocalLake) -> None:
    known, newer = plays(2)
    value = orjson.dumps(newer.to_json() | {"mood": "calm"})
    append_events([known])
    clients.event_log().append("user_plays", [("alice", value)])
    assert drain(store) == SinkResult(records=2, objects=1, rejects=1)
    assert event_ids(store, "plays") == [known.event_id]
    (kept,) = store.keys("rejects/plays/")
    (row,) = lake.read_table(store, kept).to_pylist()
    assert (row["raw"], row["reason"]) == (value, "unknown fields: 'mood'")


def test_more_than_five_in_a_hundred_stop_the_stage_and_nothing_is_lost(store: LocalLake) -> None:
    append_events(plays(100))
    clients.event_log().append("user_plays", [("bob", b"no event")] * 6)
    with pytest.raises(TooManyRejects, match=r"6 of 106 .*not JSON.*--accept-rejects"):
        drain(store)
    assert clients.event_log().lag("user_plays") == 106
    assert list(store.keys()) == [] and not Reject.objects.exists()
    assert drain(store, limits=replace(LIMITS, max_reject_share=1.0)).rejects == 6
    assert event_ids(store, "plays") == ids(plays(100))


def test_a_handful_of_records_may_all_be_bad(store: LocalLake) -> None:
    clients.event_log().append("user_plays", [("bob", b"no event")] * 100)
    assert drain(store) == SinkResult(records=100, rejects=100)


def test_what_a_listener_had_erased_does_not_land_and_what_came_after_does(
    store: LocalLake,
) -> None:
    append_events(plays(2) + plays(1, "bob"))
    (batch,) = clients.event_log().drain("user_plays", max_records=9, max_bytes=1 << 20)
    ErasedAccount.objects.create(user_id="alice", before=batch.appended_at + timedelta(seconds=1))
    assert drain(store) == SinkResult(records=3, objects=1, erased=2)
    assert event_ids(store, "plays") == ids(plays(1, "bob"))
    ErasedAccount.objects.update(before=batch.appended_at - timedelta(days=1))
    append_events(plays(2))
    assert drain(store).erased == 0


def test_an_erasure_of_one_source_keeps_the_others(store: LocalLake) -> None:
    kept, gone = plays(2)
    append_events([kept, replace(gone, source="account_data")])
    later = datetime.now(UTC) + timedelta(days=1)
    ErasedAccount.objects.create(user_id="alice", source="account_data", before=later)
    drain(store)
    assert event_ids(store, "plays") == [kept.event_id]


def test_only_one_sink_works_on_a_topic(store: LocalLake) -> None:
    append_events(plays(1))
    with locks.lock("sink:user_plays:0"), pytest.raises(locks.LockHeld):
        drain(store)
    assert drain(store).records == 1


def test_a_batch_that_was_claimed_keeps_its_end_when_more_has_arrived(store: LocalLake) -> None:
    """So a sink that was paused can only write again what its successor wrote."""
    append_events(plays(10))
    with locks.lock("sink:user_plays:0") as lock:
        (seen,) = clients.event_log().drain("user_plays", max_records=99, max_bytes=1 << 20)
        assert claims.claim_batch(lock, seen) == seen
    append_events(plays(5, "bob"))
    assert drain(store) == SinkResult(records=15, objects=2)
    with pytest.raises(locks.LockLost):
        claims.claim_batch(lock, seen)


def claim_waiting(user_id: str) -> None:
    """Leave what a sink leaves that is killed once it has claimed its batch."""
    append_events(plays(2, user_id))
    with locks.lock("sink:user_plays:0") as lock:
        (seen,) = clients.event_log().drain("user_plays", max_records=99, max_bytes=1 << 20)
        claims.claim_batch(lock, seen)


def test_a_commit_releases_the_claims_that_the_log_has_moved_past(store: LocalLake) -> None:
    """Else nothing behind them would be compacted: nobody reads their first record again."""
    claim_waiting("alice")
    clients.event_log().erase_key("user_plays", "alice")
    clients.redis_client().hset("claims:user_plays", "1/000001", "000001")
    append_events(plays(1, "bob"))
    drain(store)
    assert claims.claimed_positions("user_plays") == {(1, "000001")}


def test_a_partition_where_nothing_waits_has_no_claims(store: LocalLake) -> None:
    claim_waiting("alice")
    clients.event_log().erase_key("user_plays", "alice")
    drain(store)
    assert claims.claimed_positions("user_plays") == set()


def test_a_run_that_was_taken_over_releases_nothing() -> None:
    with locks.lock("sink:user_plays:0") as lock:
        pass
    claim_waiting("alice")
    claims.release_claims(lock, "user_plays", 0)
    assert len(claims.claimed_positions("user_plays")) == 1


def test_a_replay_into_a_compacted_day_hides_nothing(store: LocalLake) -> None:
    """Offsets and claims were lost, and the batch that begins there again may be longer."""
    append_events(plays(2))
    drain(store)
    (key,) = store.keys("bronze/plays/")
    part = parts.parse(key)
    assert part is not None
    later = part.day_ends_at + timedelta(hours=2)
    append_events(plays(1, user_id="bob"))
    (batch,) = clients.event_log().drain("user_plays", max_records=9, max_bytes=1 << 20)
    again = replace(batch, offsets=[part.first], appended_ms=[part_time(part)])
    assert sink_writer.bronze_key(again, store, now=later) == key  # nothing is compacted yet
    store.put(parts.compacted_key([part], valid_from=later), store.get(key))
    assert f"day={later.day:02}/" in sink_writer.bronze_key(again, store, now=later)


def part_time(part: parts.Part) -> int:
    """Return a moment in the part's hour, in Unix milliseconds."""
    hour = int(part.key.partition("/hour=")[2][:2])
    return int((part.day_ends_at - timedelta(hours=24 - hour)).timestamp() * 1000)


def test_the_command_lands_every_topic_and_prints_the_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    append_events([*plays(3), *plays(2, kind=Skip)])
    call_command("consume", "--json")
    out = capsys.readouterr().out
    assert json.loads(out) == {"records": 5, "objects": 2, "rejects": 0}
    runs = {run.subject: run.counts["records"] for run in Run.objects.all() if run.counts}
    assert runs["user_plays"] == 3 and runs["user_skips"] == 2


def test_the_command_says_what_stopped_it() -> None:
    clients.event_log().append("user_plays", [("bob", orjson.dumps({"event_id": 1}))] * 101)
    with pytest.raises(CommandError, match="101 of 101 records"):
        call_command("consume", "--topic", "user_plays")
    call_command("consume", "--topic", "user_plays", "--accept-rejects")
    assert Run.objects.filter(status=Run.Status.FAILED).count() == 1


def test_the_command_counts_what_landed_before_it_was_stopped(settings: Any) -> None:
    settings.SINK_MAX_RECORDS = 101
    append_events(plays(101))
    clients.event_log().append("user_plays", [("bob", b"no event")] * 20)
    with pytest.raises(CommandError, match="20 of 121 records"):
        call_command("consume", "--topic", "user_plays")
    assert Run.objects.get().counts["objects"] == 1


def test_the_command_leaves_a_topic_to_the_run_that_has_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    append_events(plays(1))
    with locks.lock("sink:user_plays:0"):
        call_command("consume", "--json", "--topic", "user_plays")
    assert json.loads(capsys.readouterr().out)["records"] == 0
    assert Run.objects.get().status == Run.Status.SKIPPED
    assert clients.event_log().lag("user_plays") == 1
