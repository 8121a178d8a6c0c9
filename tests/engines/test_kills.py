"""Two hosts, each with a web, a worker, a worker of the players and a beat, on one set of engines.

Each is killed (-9) in the middle of its work and starts again. Afterwards gold holds what the
sandbox recorded, each play once, and each upload that was accepted. FAULT_ROUNDS=5 kills each of
them five times.
"""

import itertools
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.harness.history_export import Export, write
from bench.harness.kafka import Kafka
from bench.harness.sandbox_client import ANOUK, CAFE, MIRA, THEO, YUKI
from tests.engines import load
from tests.engines.cluster import Cluster, cluster
from tests.engines.hosts import Host
from tests.engines.load import Player, Reader, Upload
from tests.engines.postgres import Postgres
from tests.engines.processes import lease_holder, wait_until
from tests.engines.s3 import SeaweedFS
from tests.engines.test_story import SEED, UNTIL, truth
from tests.faults import players

pytestmark = [pytest.mark.engines, pytest.mark.long, pytest.mark.faults]

LISTENERS = (MIRA, THEO, ANOUK, YUKI)
EVERYBODY = (*LISTENERS, CAFE)
USERS, DAYS = 8, 20
ROWS = 4_000  # of an export, whose import lasts for seconds
PERIODS = {
    "Fetch plays and likes": 15,
    "Load events into the lake": 10,
    "Restart interrupted imports": 15,
}
OUTCOMES = {  # in gold, of an export
    ("play", "track"): "plays",
    ("skip", "track"): "skips",
    ("play", "episode"): "podcasts",
    ("play", "chapter"): "audiobooks",
}
EXPORTS_BEGIN, EXPORTED = datetime(2010, 1, 1, tzinfo=UTC), timedelta(days=60)  # each of its own
EXPORTED_BEFORE = "2026-01-02"
ANSWER_SECONDS = 1.0  # what an upload takes, and a moment after
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))


@dataclass
class Story:
    """What was done and seen."""

    cluster: Cluster
    folder: Path
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    sessions: dict[str, str] = field(default_factory=dict)
    players: list[Player] = field(default_factory=list)
    readers: list[Reader] = field(default_factory=list)
    exports: dict[str, list[Export]] = field(default_factory=dict)  # of who uploaded them
    seconds: list[tuple[str, float]] = field(default_factory=list)  # until work went on

    def archive(self, account_id: str) -> Path:
        """Write another export of a listener, of a period of its own."""
        mine = self.exports.setdefault(account_id, [])
        starts_at = EXPORTS_BEGIN + len(mine) * EXPORTED
        export = Export(
            count=ROWS, seed=len(mine) + 1, starts_at=starts_at, ends_at=starts_at + EXPORTED
        )
        mine.append(export)
        return write(self.folder / f"{account_id}-{len(mine)}.zip", export.rows())

    def upload(self, host: Host, account_id: str) -> int:
        return Upload(host, self.sessions[account_id], self.archive(account_id)).finish()


def kill_web(story: Story, host: Host, other: Host) -> None:
    """While it answers pages, has an upload in flight and a socket open."""
    session, who = story.sessions[MIRA], MIRA
    archive = story.archive(CAFE)
    cut = Upload(host, story.sessions[CAFE], archive)
    with load.open_page(session, host, other) as page:
        page.follow(lambda: story.cluster.title(who))
        killed_at = time.monotonic()
        players.kill(host, "uvicorn")
        while page.port == host.web_port:
            page.title(within_seconds=0.5)
        page.follow(lambda: story.cluster.title(who))
        went_on = time.monotonic() - killed_at
    story.seconds.append(("web: the page follows at the other", went_on))
    assert cut.finish() == 0
    assert Upload(other, story.sessions[CAFE], archive).finish() == 202
    wait_until(host.answers)


def kill_web_at_the_answer(story: Story, host: Host, other: Host) -> None:
    """When it has an upload as a whole; what was not accepted is sent again."""
    archive = story.archive(CAFE)
    upload = Upload(host, story.sessions[CAFE], archive)
    seconds = random.uniform(0, ANSWER_SECONDS)
    killer = threading.Timer(seconds, players.kill, args=(host, "uvicorn"))
    killer.start()
    status = upload.finish()
    killer.join()
    story.seconds.append((f"web: an upload was answered by {status}; killed", seconds))
    if status != 202:
        assert Upload(other, story.sessions[CAFE], archive).finish() == 202
    wait_until(host.answers)


def kill_now(story: Story, host: Host, other: Host) -> None:
    """While polls are under way; the other host's goes on with all players."""
    with load.open_page(story.sessions[THEO], other, host) as page:
        page.follow(lambda: story.cluster.title(THEO))
        story.cluster.sandbox.fault("slow", endpoint="player", seconds=3)
        wait_until(lambda: len(list(story.cluster.valkey.scan_iter("lock:polling:*"))) > 1)
        killed_at = time.monotonic()
        host.kill("now")
        story.cluster.sandbox.control("faults", clear=True)
        wait_until(lambda: story.cluster.state.polled_since(killed_at).keys() >= {*LISTENERS})
        polled_at = max(story.cluster.state.polled_since(killed_at).values())
        story.seconds.append(("now: all players are polled", polled_at - killed_at))
        page.follow(lambda: story.cluster.title(THEO))


def kill_worker(story: Story, host: Host, other: Host) -> None:
    """While it imports one of several uploads; meanwhile events land."""
    uploaders = itertools.cycle(EVERYBODY)
    while not host.has_child("worker", "parser_process"):
        assert story.upload(other, next(uploaders)) == 202
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline and not host.has_child("worker", "parser_process"):
            time.sleep(0.02)
    host.kill("worker")


def kill_builder(story: Story) -> None:
    """Kill a worker that builds the warehouse."""
    hosts = story.cluster.hosts
    wait_until(lambda: any(host.has_child("worker", "dbt_process") for host in hosts))
    next(host for host in hosts if host.has_child("worker", "dbt_process")).kill("worker")


def kill_beat(story: Story, host: Host, other: Host) -> None:
    """The one that ticks, so that another takes over, and in any case this host's."""
    url, own, others = story.cluster.redis_url, host.pids("beat"), other.pids("beat")
    wait_until(lambda: lease_holder(url) in (*own, *others))
    leader = lease_holder(url)
    killed_at = time.monotonic()
    (host if leader in own else other).kill("beat")
    wait_until(lambda: lease_holder(url) not in (0, leader))
    story.seconds.append(("beat: another ticks", time.monotonic() - killed_at))
    if leader not in own:
        host.kill("beat")


@pytest.fixture(scope="module")
def story(
    folder: Path, kafka_broker: Kafka, seaweed: SeaweedFS, postgres_server: Postgres
) -> Iterator[Story]:
    engines = (kafka_broker, seaweed, postgres_server)
    with cluster("kills", folder, engines, periods=PERIODS) as running:
        found = Story(running, folder)
        begin(found)
        listen = [player.listen for player in found.players]
        with load.repeat(*listen, *(reader.read for reader in found.readers)):
            kill_all(found)
        rest(found)
        yield found


def begin(story: Story) -> None:
    """Let everybody log in, and most of them listen."""
    sandbox, hosts = story.cluster.sandbox, story.cluster.hosts
    for account_id in EVERYBODY:
        sandbox.player(account_id, "stop")
    time.sleep(2)  # what played until now ended a moment before
    story.began = datetime.now(UTC)
    tracks = sandbox.control("tracks", limit=400)["tracks"]
    long = [track for track in tracks if track["duration_ms"] > 2 * load.HEARD_SECONDS * 1000]
    story.players = [Player(sandbox, who, long[n::4]) for n, who in enumerate(LISTENERS)]
    story.sessions = story.cluster.log_in(*EVERYBODY)
    story.readers = [Reader(hosts[::step], story.sessions[MIRA]) for step in (1, -1)]


def kill_all(story: Story) -> None:
    """Kill each process of each host, while a history of many listeners arrives."""
    one, two = story.cluster.hosts
    window = ("--days", str(DAYS), "--until", UNTIL.isoformat())
    simulate = ("simulate", "--users", str(USERS), "--seed", str(SEED), *window)
    with ThreadPoolExecutor(1) as thread:
        simulation = thread.submit(one.manage, *simulate)
        for host, other in ((one, two), (two, one)) * ROUNDS:
            for kill in (kill_web, kill_now, kill_worker, kill_beat, kill_web_at_the_answer):
                kill(story, host, other)
        kill_builder(story)
        simulation.result()


def rest(story: Story) -> None:
    """Let all players stop and everything land, then build the warehouse."""
    with ThreadPoolExecutor(len(story.players)) as threads:
        list(threads.map(Player.stop, story.players))
    for seconds in (20, 0):  # between them, recently played is fetched once more
        wait_until(lambda: story.cluster.pending() == 0, seconds=600)
        time.sleep(seconds)
    for host in story.cluster.hosts:
        host.stop()
    for command in ("produce", "consume", "transform"):
        story.cluster.hosts[0].manage(command)


def record(story: Story, account_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the sandbox recorded of a listener since the story began."""
    from_ms = int(story.began.timestamp() * 1000)
    found: dict[str, list[dict[str, Any]]] = story.cluster.sandbox.record(
        account_id, from_ms=from_ms
    )
    return found


def counted(story: Story, sql: str) -> Counter[tuple[str, str]]:
    """Count rows by listener and track."""
    return Counter((row["user_id"], row["track_id"]) for row in story.cluster.rows(sql))


def test_each_play_is_in_gold_once(story: Story) -> None:
    plays = Counter((who, row["id"]) for who in EVERYBODY for row in record(story, who)["plays"])
    assert plays.total() > 10
    assert plays == counted(
        story,
        "select user_id, release_track_id as track_id from gold.listens where event_type = 'play'"
        f" and ended_at >= '{story.began:%Y-%m-%d %H:%M:%S}'",
    )


def test_each_change_of_a_player_is_known_once(story: Story) -> None:
    played = [(who, row["id"]) for who in EVERYBODY for row in record(story, who)["plays"]]
    assert Counter(played) == counted(story, "select user_id, track_id from silver.silver_playback")


def test_each_like_is_known_once(story: Story) -> None:
    likes = [(who, row["track_id"]) for who in EVERYBODY for row in record(story, who)["likes"]]
    assert len(likes) > 5
    assert Counter(likes) == counted(
        story,
        "select user_id, track_id from silver.silver_likes"
        f" where liked_at >= '{story.began:%Y-%m-%d %H:%M:%S}'",
    )


def test_each_simulated_play_is_in_gold_once(story: Story) -> None:
    sql = "select user_id, release_track_id as track_id from gold.listens where event_type = 'play'"
    assert counted(story, f"{sql} and source = 'simulation'") == truth(USERS, DAYS)


def test_each_upload_is_imported_once(story: Story) -> None:
    """Those that were accepted; each of those that were cut was sent again."""
    found: dict[str, dict[str, int]] = {who: {} for who in story.exports}
    sql = "select user_id, event_type, content_type, count(*) as listens from gold.listens"
    for row in story.cluster.rows(f"{sql} where ended_at < '{EXPORTED_BEFORE}' group by all"):
        found[row["user_id"]][OUTCOMES[row["event_type"], row["content_type"]]] = row["listens"]
    for who, exports in story.exports.items():
        expected = sum((export.expected for export in exports), Counter[str]())
        assert found[who] == {outcome: expected[outcome] for outcome in OUTCOMES.values()}


def test_each_page_is_answered_by_the_other_web(story: Story) -> None:
    assert {status for reader in story.readers for status in reader.statuses} == {200}
    assert all(reader.cuts for reader in story.readers)
    for what, seconds in sorted(story.seconds):
        print(f"{what} after {seconds:.1f} s")  # noqa: T201 -- `-s` shows them
