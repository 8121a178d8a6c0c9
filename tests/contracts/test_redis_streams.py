"""What Redis streams promise beside the contract: what they keep, and when it is on disk."""

import errno
import os
from pathlib import Path

import pytest
from django.conf import settings

from bench.harness.processes import free_port, start_valkey
from spotifyweb import clients, events
from spotifyweb.eventlog import LogError, redis_streams
from spotifyweb.eventlog.redis_streams import RedisStreamsLog
from tests.contracts.test_event_log import BIG, drained, records, values
from tests.support.disk import Disk


def test_the_dead_letters_of_one_machine_are_kept_for_a_first_look_only() -> None:
    log = RedisStreamsLog(clients.redis_client())
    topic = events.dead_letter_topic("user_plays")
    log.append(topic, records(12_000))
    assert 10_000 <= log.lag(topic) < 10_200


def test_a_sync_waits_for_the_disk_whoever_appended_and_says_when_it_does_not_come(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(redis_streams, "SYNC_WAIT_MS", 50)
    ours, theirs = (RedisStreamsLog.from_url(settings.REDIS_URL) for _ in range(2))
    clients.redis_client().config_set("appendfsync", "no")  # only the system writes to disk then
    theirs.append("t", records(1))
    ours.sync()
    clients.redis_client().config_set("appendfsync", "everysec")
    assert "did not confirm a write to disk within 50 ms" in caplog.text


def test_a_sync_during_a_rewrite_of_the_files_passes(tmp_path: Path) -> None:
    """A link to nothing stands for the file that Valkey deletes between the list and the sync."""
    log = RedisStreamsLog(clients.redis_client(), files=tmp_path)
    (tmp_path / "appendonly.aof.1.incr.aof").symlink_to(tmp_path / "deleted")
    log.sync()


def test_a_disk_that_fails_is_an_error_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    (tmp_path / "appendonly.aof.1.incr.aof").touch()
    with pytest.raises(LogError, match=r"could not write to disk: .*Input/output error"):
        RedisStreamsLog(clients.redis_client(), files=tmp_path).sync()


def test_a_sync_reaches_the_files_whatever_valkey_confirms(tmp_path: Path, disk: Disk) -> None:
    """Valkey 9.1 confirms 2,000 records after two seconds while each sync takes four."""
    port = free_port()
    server = start_valkey(tmp_path, port)
    log = RedisStreamsLog.from_url(f"redis://127.0.0.1:{port}/0", files=tmp_path / "appendonlydir")
    log.append("t", [("listener", b"a play")])
    log.sync()
    log.close()
    server.kill()
    server.wait()
    assert any(b"a play" in content for content in disk.files.values())


def test_a_server_that_knows_no_sync_does_not_stop_the_work() -> None:
    log, server = RedisStreamsLog(clients.redis_client()), clients.redis_client()
    server.acl_setuser("default", enabled=True, commands=["-waitaof"])
    log.append("t", records(1))
    log.sync()
    server.acl_setuser("default", enabled=True, commands=["+waitaof"])
    assert len(values(drained(log, "t"))) == 1


def test_memory_of_what_has_landed_is_given_back() -> None:
    log = RedisStreamsLog(clients.redis_client())
    log.append("t", records(3000))
    full = clients.redis_client().memory_usage("log:t")
    for batch in log.drain("t", **BIG):
        log.commit(batch)
    left = clients.redis_client().memory_usage("log:t")
    assert isinstance(full, int) and isinstance(left, int) and left < full / 20
