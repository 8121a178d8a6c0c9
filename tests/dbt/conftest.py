"""Two builds of one lake, shared by every test here and by every process of the test run."""

import fcntl
import pickle
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.dbt import listening
from tests.dbt.house import House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[House]:
    """`first`, then `later` upon it after more had landed, then `anew` from the same lake alone."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent
    kept = shared / "house.pickle"
    with (shared / "house.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(built(shared / "house")))
    yield pickle.loads(kept.read_bytes())


def built(folder: Path) -> House:
    house, dice = House(folder=folder), random.Random(7)
    songs = listening.songs(dice)
    events = list(listening.events(dice, songs))
    dice.shuffle(events)
    first, later = events[: len(events) * 2 // 3], events[len(events) * 2 // 3 :]
    wrong = list(listening.invalid(dice))
    _land(house, [*first, *wrong[1:], listening.not_yet(dice)], at=listening.FIRST_LANDING)
    a_day_ahead = listening.FIRST_LANDING + timedelta(days=1)  # by a clock that was wrong then
    _land(house, wrong[:1], at=a_day_ahead)
    house.snapshot("tracks", listening.catalogue(songs[:20]))
    house.snapshot("listeners", _homes(listening.ZONES[:4]))
    house.snapshot("erasures", [])
    house.snapshot("rules", listening.RULES[:2])
    house.snapshot("housemates", _mates("kavya", "howard", "john"))
    house.build("first", now=listening.FIRST_BUILD)

    again = dice.sample(first, 50)  # the log hands out some records twice
    _land(house, [*later, *again], at=listening.SECOND_LANDING)
    house.snapshot("tracks", listening.catalogue(songs))
    house.snapshot("listeners", _homes(listening.ZONES))
    house.snapshot("erasures", [_erasure()])
    house.snapshot("rules", listening.RULES[1:])
    house.snapshot("housemates", _mates("kavya", "john", "theo"))
    house.build("later", now=listening.SECOND_BUILD)
    house.build("anew", now=listening.SECOND_BUILD, full_refresh=True)
    return house


def _land(house: House, rows: list[dict[str, object]], *, at: object) -> None:
    for dataset, kind in (("plays", "play"), ("skips", "skip")):
        house.land(dataset, [r for r in rows if r["event_type"] == kind], at=at)  # type: ignore[arg-type]


def _homes(zones: list[tuple[str, str, datetime]]) -> list[dict[str, object]]:
    return [{"user_id": who, "timezone": zone, "valid_from": since} for who, zone, since in zones]


def _mates(*user_ids: str) -> list[dict[str, object]]:
    return [{"user_id": who, "joined_at": listening.FIRST_LANDING} for who in user_ids]


def _erasure() -> dict[str, object]:
    before = listening.FIRST_LANDING + timedelta(minutes=1)
    return {"user_id": "nozone", "source": "player", "before": before}
