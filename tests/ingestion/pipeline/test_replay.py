"""What was read from the log before lands only where the lake lacks it, and the rest is counted."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from ingestion import tasks
from ingestion.models import Reject, Run
from ingestion.pipeline import sink
from ingestion.pipeline.sink_writer import Limits, SinkResult
from spotifyweb import clients, lake
from spotifyweb.eventlog import EXPIRED, REPLAY, Start
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.lake import LocalLake, parts
from spotifyweb.privacy.models import ErasureRequest
from tests.faults.draining import ids, plays
from tests.support.lake_rows import append_events, event_ids

pytestmark = pytest.mark.django_db
BEGINNING = Start(at=0)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalLake:
    store = LocalLake(tmp_path / "lake")
    monkeypatch.setattr(clients, "lake", lambda: store)
    return store


def drain(
    log: KafkaLog, store: LocalLake, start: Start | None = None, *, size: int = 1000
) -> SinkResult:
    return sink.drain_topic(
        "user_plays",
        log=log,
        store=store,
        limits=Limits(max_records=size, max_bytes=1 << 25),
        now=datetime.now(UTC),
        start=start,
    )


def offsets_expire(log: KafkaLog) -> KafkaLog:
    """Return the log as a group sees it that the broker knows nothing of."""
    return KafkaLog(replace(log._cluster, group=uuid4().hex))


def test_a_replay_of_what_the_lake_has_writes_nothing_and_is_counted(
    log: KafkaLog, store: LocalLake
) -> None:
    append_events(plays(300), log)
    drain(log, store, size=50)
    keys = list(store.keys())
    again = drain(log, store, BEGINNING, size=70)
    assert again == SinkResult(records=300, repetitions=again.repetitions)
    assert again.repetitions == {REPLAY: 300}
    assert list(store.keys()) == keys and log.lag("user_plays") == 0
    assert drain(log, store) == SinkResult()


def test_a_replay_lands_what_the_lake_lost_and_no_more(log: KafkaLog, store: LocalLake) -> None:
    played = plays(300)
    append_events(played, log)
    drain(log, store, size=50)
    lost = list(store.keys("bronze/plays/"))[2]
    gone = lake.read_table(store, lost).num_rows
    store.delete(lost)
    first = drain(log, store, BEGINNING, size=70)
    assert first.repetitions == {REPLAY: 300 - gone} and first.objects > 0
    assert event_ids(store, "plays") == ids(played)
    assert drain(log, store, BEGINNING).repetitions == {REPLAY: 300}
    assert event_ids(store, "plays") == ids(played)


def test_a_replay_of_one_partition_begins_at_its_offset_and_lands_news_too(
    log: KafkaLog, store: LocalLake
) -> None:
    append_events(plays(300), log)
    landed = drain(log, store)
    partition, (_, last) = next(iter(landed.offsets.items()))
    append_events(plays(10, first=300), log)
    again = drain(log, store, Start(at=int(last) - 4, partition=partition))
    assert again.repetitions == {REPLAY: 5} and again.records == 5 + 10
    assert event_ids(store, "plays") == ids(plays(310))


def test_an_expired_offset_lands_nothing_twice_and_is_counted(
    log: KafkaLog, store: LocalLake
) -> None:
    append_events(plays(300), log)
    assert drain(log, store).repetitions == {}
    append_events(plays(10, first=300), log)
    with_expired = offsets_expire(log)
    again = drain(with_expired, store)
    assert again.records == 310 and again.repetitions == {EXPIRED: 300}
    assert again.counts["repetitions"] == {"offset expired": 300}
    assert event_ids(store, "plays") == ids(plays(310))
    assert drain(with_expired, store) == SinkResult()
    with_expired.close()


def test_a_compacted_day_is_read_like_any_other(log: KafkaLog, store: LocalLake) -> None:
    append_events(plays(100), log)
    drain(log, store, size=20)
    found = sorted(parts.parse_all(store.keys("bronze/plays/")), key=lambda part: part.first)
    (partition,) = {found[0].partition}
    group = [part for part in found if part.partition == partition]
    rows = [lake.read_table(store, part.key) for part in group]
    key = parts.compacted_key(group, valid_from=datetime.now(UTC) - timedelta(minutes=1))
    lake.write_table(store, key, lake.BRONZE_SCHEMAS["user_plays"].empty_table())
    assert drain(log, store, BEGINNING).repetitions[REPLAY] == 100 - sum(map(len, rows))


def test_records_that_were_set_aside_are_not_set_aside_again(
    log: KafkaLog, store: LocalLake
) -> None:
    append_events(plays(20), log)
    log.append("user_plays", [("listener-1", b"no event")])
    assert drain(log, store).rejects == 1
    again = drain(log, store, BEGINNING)
    assert (again.rejects, again.repetitions) == (0, {REPLAY: 21})
    assert Reject.objects.count() == 1 and log.lag("user_plays_dlq") == 1


def test_a_record_set_aside_beside_known_ones_hides_none(log: KafkaLog, store: LocalLake) -> None:
    for value in (b"no event", b"none either"):
        append_events(plays(20), log)
        log.append("user_plays", [("listener-1", value)])
        log = offsets_expire(log)
        drain(log, store)
    kept = [lake.read_table(store, key).to_pylist() for key in store.keys("rejects/")]
    assert sorted(row["raw"] for rows in kept for row in rows) == [b"no event", b"none either"]


def test_nothing_of_before_an_account_was_erased_is_read_again(
    log: KafkaLog, store: LocalLake
) -> None:
    append_events(plays(20), log)
    drain(log, store)
    for key in list(store.keys("bronze/")):
        store.delete(key)
    now = datetime.now(UTC) + timedelta(seconds=1)
    ErasureRequest.objects.create(kind="everything", asked_at=now, second_pass_at=now)
    assert drain(log, store, BEGINNING).erased == 20
    assert event_ids(store, "plays") == []


def test_the_command_replays_and_shows_what_was_there(
    log: KafkaLog, store: LocalLake, capsys: pytest.CaptureFixture[str]
) -> None:
    append_events(plays(20), log)
    consume = ("consume", "--topic", "user_plays", "--json")
    call_command(*consume)
    call_command(*consume, "--from", "0")
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {"records": 20, "objects": first["objects"], "rejects": 0}
    assert second["repetitions"] == {"replay": 20} and second["objects"] == 0
    assert Run.objects.latest("pk").counts["repetitions"] == {"replay": 20}


def test_the_control_rooms_task_replays_one_topic_as_often_as_it_is_asked(
    log: KafkaLog, store: LocalLake
) -> None:
    append_events(plays(20), log)
    tasks.consume_all()
    for _ in range(2):
        tasks.replay(topic="user_plays", at="0", partition=None)
    again = Run.objects.filter(stage="consume", trigger="person")
    assert [(run.subject, run.counts["repetitions"]) for run in again] == [
        ("user_plays", {"replay": 20})
    ] * 2
    assert event_ids(store, "plays") == ids(plays(20))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "yesterday"], "neither an offset nor a time with its zone"),
        (["--from", "2026-11-28T10:00"], "neither an offset nor a time with its zone"),
        (["--from", "7"], "An offset needs a topic"),
        (["--partition", "1"], "needs --from"),
    ],
)
def test_a_place_that_is_none_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("consume", *arguments)


def test_redis_keeps_nothing_that_has_landed(store: LocalLake) -> None:
    append_events(plays(5))
    call_command("consume", "--from", "2026-01-01T00:00Z", "--json")
    call_command("consume", "--from", "2026-01-01T00:00Z", "--json")
    assert event_ids(store, "plays") == ids(plays(5))


def test_offsets_are_renewed_before_a_broker_forgets_them(
    log: KafkaLog, store: LocalLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_events(plays(20), log)
    drain(log, store)
    renewed: list[tuple[str, int]] = []
    monkeypatch.setattr(log, "renew_offset", lambda *place: renewed.append(place))
    drain(log, store)
    clients.redis_client().delete("offsets-renewed:user_plays")
    drain(log, store)
    assert renewed == [("user_plays", partition) for partition in range(4)]


def test_a_renewed_offset_is_what_was_committed(log: KafkaLog, store: LocalLake) -> None:
    append_events(plays(20), log)
    drain(log, store)
    append_events(plays(5, first=20), log)
    for partition, lag in log.partition_lags("user_plays").items():
        log.renew_offset("user_plays", partition)
        assert log.partition_lags("user_plays")[partition] == lag
    assert log.lag("user_plays") == 5
