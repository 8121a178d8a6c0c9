"""An embedded install moves to a company's engines and back: gold is equal, whatever is killed."""

import json
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.harness.kafka import Kafka
from bench.harness.processes import PATIENCE_SECONDS, free_port, start_valkey
from spotifyweb.sandbox.listeners import habits
from spotifyweb.sandbox.listeners.people import person
from tests.engines.installs import (
    SEED,
    Install,
    different_rows,
    objects_on_disk,
    objects_on_s3,
    rows_in_postgres,
    rows_in_sqlite,
)
from tests.engines.postgres import Postgres
from tests.engines.s3 import SeaweedFS
from tests.engines.test_story import UNTIL

pytestmark = pytest.mark.engines

DAYS_THERE = 3
KILLED_AT = (
    "draining the event log", "building gold", "saving the rows", "database", "lake", "warehouse",
    "event log …", "gold is compared",
)  # fmt: skip


def truth(users: int, *windows: tuple[Any, int]) -> Counter[tuple[str, str]]:
    """Plays by listener and track or episode, straight from the generator."""
    found: Counter[tuple[str, str]] = Counter()
    for number in range(users):
        someone = person(number)
        for until, days in windows:
            music, spoken = habits.history(someone, until - timedelta(days=days), until, seed=SEED)
            found.update((someone.account_id, p.track.track_id) for p in music if p.is_play)
            found.update((someone.account_id, p.episode.episode_id) for p in spoken if p.is_play)
    return found


@pytest.fixture(scope="module")
def redis_url(folder: Path) -> Iterator[str]:
    (folder / "company-valkey").mkdir()
    port = free_port()
    valkey = start_valkey(folder / "company-valkey", port)
    yield f"redis://127.0.0.1:{port}"
    valkey.kill()
    valkey.wait()


@pytest.fixture
def company(
    folder: Path,
    tmp_path: Path,
    postgres_server: Postgres,
    kafka_broker: Kafka,
    seaweed: SeaweedFS,
    redis_url: str,
    request: pytest.FixtureRequest,
) -> Install:
    """Real engines, empty: a database, a prefix of the bucket, topics of its own."""
    name = f"company{abs(hash(request.node.name)) % 10**6}"
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    settings = {
        "DATABASE_URL": postgres_server.url.removesuffix("postgres") + name,
        "REDIS_URL": f"{redis_url}/{len(request.node.name) % 16}",
        "EVENT_LOG_URL": f"kafka://{kafka_broker.bootstrap}",
        "EVENT_LOG_TOPIC_PREFIX": f"{name}.",
        "LAKE_URL": f"s3://lake/{name}",
        **seaweed.environment,
    }
    return Install(tmp_path / "company", settings)


def kill_at(line: str, running: "subprocess.Popen[str]", *, after: float) -> None:
    """Kill the command some seconds after it writes the line."""
    assert running.stderr is not None and running.stdout is not None
    seen: list[str] = []
    with running, running.stderr as errors, running.stdout:
        for written in errors:
            seen.append(written)
            if written.startswith(line):
                time.sleep(after)
                running.kill()
                return
    raise AssertionError(f"it ended before {line!r}: {''.join(seen)[-3000:]}")


def wait_until_free(port: int) -> None:
    """Wait for the watchdog, which ends what a killed command has started."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.2)


def test_a_move_that_is_killed_in_each_step_ends_with_equal_gold(
    company: Install, tmp_path: Path
) -> None:
    embedded = Install(tmp_path / "embedded")
    embedded.invent(users=2, days=8)
    dry = json.loads(
        embedded.manage("migrate_install", "--to", str(company.file), "--dry-run", "--json")
    )
    assert dry["finished"] == [] and dry["records"] > 500
    for line in KILLED_AT:
        running = embedded.spawn("migrate_install", "--to", str(company.file))
        kill_at(line, running, after=0.3)
        wait_until_free(embedded.port)
    moved = embedded.move_to(company)
    assert moved["copied"] <= moved["objects"]
    assert company.plays() == truth(2, (UNTIL, 8))
    refusal = embedded.manage("migrate_install", "--to", str(company.file), code=1)
    assert "the move ended at" in refusal
    assert not (tmp_path / "embedded" / "transfer").exists()


def test_another_key_is_refused_before_anything_is_written(
    company: Install, tmp_path: Path
) -> None:
    embedded = Install(tmp_path / "embedded")
    embedded.invent(users=1, days=1)
    company.settings["SECRET_KEY"] = "another"
    refusal = embedded.manage("migrate_install", "--to", str(company.file), code=1)
    assert "SECRET_KEY: the target lacks keys of the source" in refusal


def test_gold_on_the_double_of_snowflake_is_equal(
    company: Install, fake_snowflake: str, tmp_path: Path
) -> None:
    """Its sums are of other types, and its times have another form."""
    company.settings["WAREHOUSE_URL"] = fake_snowflake.replace("/house?", "/moved?")
    embedded = Install(tmp_path / "embedded")
    embedded.invent(users=2, days=4)
    moved = embedded.move_to(company)
    assert "moved" in moved["target"]["WAREHOUSE_URL"]
    assert company.plays() == truth(2, (UNTIL, 4))


def test_an_install_of_a_company_comes_to_one_machine(company: Install, tmp_path: Path) -> None:
    back = Install(tmp_path / "back")
    company.invent(users=2, days=8)
    company.move_to(back)
    assert objects_on_disk(back)
    assert back.plays() == truth(2, (UNTIL, 8))


@pytest.mark.parametrize(("users", "days"), [(10, 180)])
def test_a_hundred_thousand_plays_move_there_and_back(
    users: int, days: int, company: Install, seaweed: SeaweedFS, tmp_path: Path
) -> None:
    """Three days are heard there in between. Digests are checked by what the engines say."""
    embedded, back = Install(tmp_path / "embedded"), Install(tmp_path / "back")
    embedded.invent(users=users, days=days)
    embedded.move_to(company)
    assert company.plays() == truth(users, (UNTIL, days))
    assert company.plays().total() >= 100_000
    later = UNTIL + timedelta(days=DAYS_THERE)
    assert rows_in_postgres(company) == rows_in_sqlite(embedded)
    assert objects_on_s3(company, seaweed) == objects_on_disk(embedded)
    assert not different_rows(embedded, company)
    company.invent(users=users, days=DAYS_THERE, until=later)
    company.move_to(back)
    assert not different_rows(company, back)
    assert back.plays() == truth(users, (UNTIL, days), (later, DAYS_THERE))
