"""An old data folder under this version's `make run`: pages all the way, then every play."""

import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import redis
import requests

from bench.harness.instance import Instance
from bench.harness.processes import PATIENCE_SECONDS
from bench.harness.sandbox_client import MIRA
from tests.data import old_install

pytestmark = pytest.mark.long
TOPICS = ("user_plays", "user_skips", "user_likes")


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Instance]:
    folder = tmp_path / "house"
    folder.mkdir()
    instance = Instance(folder=old_install.unpack(folder))
    instance.start(patience_seconds=5 * PATIENCE_SECONDS)
    yield instance
    instance.stop()


def browser() -> requests.Session:
    """One that logged in before the upgrade."""
    session = requests.Session()
    session.cookies["sessionid"] = old_install.SESSION
    return session


def recent(instance: Instance) -> dict[str, str]:
    """A play of Mira's that the old build knows: the API may say that it is rebuilding."""
    (build, *_) = sorted(
        (instance.folder / "warehouse" / "builds").glob("*.duckdb")
    )  # as then named
    with duckdb.connect(str(build), read_only=True) as opened:
        played = opened.execute(
            "select track_id, artist_name, album_name from gold.recent_plays"
            " where user_id = ? and album_name is not null order by ended_at desc limit 1",
            [MIRA],
        ).fetchone()
    assert played
    return dict(zip(("track_id", "artist", "album"), played, strict=True))


def waiting(instance: Instance) -> int:
    with redis.Redis.from_url(instance.redis_url) as server:
        return sum(int(server.xlen(f"log:{topic}")) for topic in TOPICS)


def is_over(instance: Instance) -> bool:
    """Whether the rebuild is published and what waited in the log has landed."""
    body = requests.get(f"{instance.url}/ready", timeout=60).json()
    return body["warehouse"]["state"] == "current" and waiting(instance) == 0


def test_pages_stay_and_nothing_is_lost(upgraded: Instance) -> None:
    known, session, deadline = recent(upgraded), browser(), time.monotonic() + 5 * PATIENCE_SECONDS
    over = False
    while not over:
        assert time.monotonic() < deadline, upgraded.output()[-3000:]
        over = is_over(upgraded)
        for url in old_install.addresses(known, of=old_install.PAGES + old_install.API):
            answer = session.get(upgraded.url + url, timeout=60)
            assert "/login/" not in answer.url, url
            assert old_install.is_shown(answer.status_code, answer.text), (url, answer.text[:2000])
            assert answer.status_code == 200 or not over, url
    assert upgraded.folder.stat().st_mode & 0o077 == 0
    assert upgraded.manage("rebuild")["status"] == "published"
