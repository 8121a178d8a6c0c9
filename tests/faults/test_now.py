"""The live path of a whole house, while its parts are killed, cut off and overrun.

FAULT_SOCKETS and FAULT_LISTENERS enlarge the load.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bench.harness.instance import ROOT, Instance
from bench.harness.processes import PATIENCE_SECONDS
from bench.harness.sandbox_client import MIRA, THEO
from tests.faults import players

pytestmark = [pytest.mark.faults, pytest.mark.long]
SOCKETS = int(os.environ.get("FAULT_SOCKETS", "100"))
LISTENERS = int(os.environ.get("FAULT_LISTENERS", "60"))
CROWD = """
from spotifyweb.accounts.models import Connection, Listener, Token
token = Token.objects.get(listener__user_id="{account_id}")
for number in range({count}):
    token.pk = None
    token.listener = Listener.objects.create(
        user_id=f"crowd{{number}}", display_name="One of many", connection=Connection.CONNECTED
    )
    token.save(force_insert=True)
"""
SEEN = """
from nowplaying.models import Playback
crowd = Playback.objects.filter(listener__user_id__startswith="crowd")
print(crowd.filter(observed_at__isnull=False).count())
"""
DISPERSE = """
from spotifyweb.accounts.models import Listener
Listener.objects.filter(user_id__startswith="crowd").delete()
"""


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    running = Instance(folder=tmp_path_factory.mktemp("faults") / "house")
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def mira(instance: Instance) -> str:
    return players.log_in(instance, MIRA)


def play(instance: Instance, account_id: str, *numbers: int) -> list[str]:
    tracks = instance.control("tracks", limit=max(numbers) + 1)["tracks"]
    ids = [tracks[number]["id"] for number in numbers]
    instance.control("player", account_id=account_id, do="play", track_id=ids[0], queue=ids[1:])
    return [tracks[number]["name"] for number in numbers]


def shell(instance: Instance, code: str) -> str:
    """Python inside the house, as an admin has it."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env=instance.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.parametrize("part", ["worker@", "valkey-server", "uvicorn"])
def test_a_killed_part_comes_back_and_the_page_follows(
    instance: Instance, mira: str, part: str
) -> None:
    before, after = play(instance, MIRA, 0, 1)
    with players.open_page(instance, mira) as page:
        page.shows(before)
        players.kill(instance, part)
        instance.control("player", account_id=MIRA, do="skip")
        page.shows(after)


def test_one_hanging_answer_stops_nobody_else(instance: Instance, mira: str) -> None:
    before, after = play(instance, THEO, 2, 3)
    play(instance, MIRA, 4)
    theo = players.log_in(instance, THEO)
    with players.open_page(instance, theo) as his, players.open_page(instance, mira) as hers:
        his.shows(before)
        hers.title(within_seconds=5)
        instance.control("fault", kind="hang", endpoint="player", account_id=MIRA, seconds=30)
        instance.control("player", account_id=THEO, do="skip")
        his.shows(after)
    instance.control("faults", clear=True)


def test_a_cut_network_is_told_and_passes(instance: Instance, mira: str) -> None:
    before, after = play(instance, MIRA, 5, 6)
    with players.open_page(instance, mira) as page:
        page.shows(before)
        instance.control("fault", kind="reset", endpoint="*", for_seconds=6)
        instance.control("player", account_id=MIRA, do="skip")
        page.shows(after)


def test_a_page_on_another_web_process_hears_the_same(instance: Instance, mira: str) -> None:
    before, after = play(instance, MIRA, 9, 10)
    with (
        players.second_web(instance) as port,
        players.open_page(instance, mira) as here,
        players.open_page(instance, mira, port=port) as there,
    ):
        for page in (here, there):
            page.shows(before)
        instance.control("player", account_id=MIRA, do="skip")
        for page in (here, there):
            page.shows(after)


def test_many_open_pages_hear_the_same(instance: Instance, mira: str) -> None:
    before, after = play(instance, MIRA, 7, 8)
    with ExitStack() as stack:
        pages = [stack.enter_context(players.open_page(instance, mira)) for _ in range(SOCKETS)]
        for page in pages:
            page.shows(before)
        instance.control("player", account_id=MIRA, do="skip")
        for page in pages:
            page.shows(after)


def test_everybody_due_at_once_is_looked_at_soon(instance: Instance, mira: str) -> None:
    shell(instance, CROWD.format(account_id=MIRA, count=LISTENERS))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while int(shell(instance, SEEN)) < LISTENERS:
        assert time.monotonic() < deadline, shell(instance, SEEN)
        time.sleep(0.5)
    shell(instance, DISPERSE)
