"""Two builds of one lake, shared by every test here and by every process of the test run."""

import fcntl
import itertools
import pickle
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.harness.lakehouse import Lakehouse
from ingestion.pipeline import dbt_runner
from spotifyweb.warehouse.duckdb import DuckDBWarehouse
from tests.dbt import cases, listening, reference


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Lakehouse]:
    """`first`, then `later` upon it after more had landed, then `anew` from the same lake alone."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent
    kept = shared / "house.pickle"
    with (shared / "house.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(dbt_runner, "LOW_PRIORITY", 0)  # a thousand tests wait for it
                kept.write_bytes(pickle.dumps(built(shared / "Zoë's house")))
    house: Lakehouse = pickle.loads(kept.read_bytes())
    reader = DuckDBWarehouse(house.warehouse)
    reader.rows("select 1")  # while it is open, each test's own connection is made in a moment
    yield house
    reader.close()


def built(folder: Path) -> Lakehouse:
    house, dice = Lakehouse(folder=folder), random.Random(7)
    songs = listening.songs(dice)
    events = [*listening.events(dice, songs), *listening.spoken(random.Random(11))]
    dice.shuffle(events)
    first, later = events[: len(events) * 2 // 3], events[len(events) * 2 // 3 :]
    wrong = list(listening.invalid(dice))
    _land(house, [*first, *wrong[1:], listening.not_yet(dice)], at=listening.FIRST_LANDING)
    for user_id, case in cases.CASES.items():
        house.land("plays", cases.imported(user_id, case), at=listening.FIRST_LANDING)
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
    house.snapshot("separations", _decided(house))
    corrected = {"decided_at": listening.FIRST_BUILD}
    house.snapshot("corrections", [row | corrected for row in cases.CORRECTIONS])
    house.build("later", now=listening.SECOND_BUILD)
    house.build("anew", now=listening.SECOND_BUILD, full_refresh=True)
    return house


def _land(house: Lakehouse, rows: list[dict[str, object]], *, at: object) -> None:
    for dataset, kind in (("plays", "play"), ("skips", "skip")):
        house.land(dataset, [r for r in rows if r["event_type"] == kind], at=at)  # type: ignore[arg-type]


def _homes(zones: list[tuple[str, str, datetime]]) -> list[dict[str, object]]:
    return [{"user_id": who, "timezone": zone, "valid_from": since} for who, zone, since in zones]


def _mates(*user_ids: str) -> list[dict[str, object]]:
    return [{"user_id": who, "joined_at": listening.FIRST_LANDING} for who in user_ids]


def _decided(house: Lakehouse) -> list[dict[str, object]]:
    """Some plays of the first landing, but none of Theo's: two tellings are two plays."""
    old = [row for kind in house.rows.values() for row in kind if _is_old(row)]
    lengths = {row["track_id"]: row["duration_ms"] for row in house.rows["tracks"]}
    heard = reference.listens(
        old, now=listening.FIRST_BUILD, lengths=lengths, homes=listening.ZONES
    )
    together = [
        listen
        for listen in heard
        if len(listen.tellings) > 1 and listen.tellings[0]["user_id"] != "theo"
    ]
    return [
        _separation(best, other)
        for number, listen in enumerate(together[::5])
        for best, other in list(itertools.combinations(listen.tellings, 2))[: number % 4]
    ]


def _is_old(row: dict[str, Any]) -> bool:
    return row.get("landed_at") == listening.FIRST_LANDING


def _separation(*pair: dict[str, Any]) -> dict[str, object]:
    first, second = sorted(row["event_id"] for row in pair)
    ids = {"first_event_id": first, "second_event_id": second}
    return ids | {"user_id": pair[0]["user_id"], "decided_at": listening.FIRST_BUILD}


def _erasure() -> dict[str, object]:
    before = listening.FIRST_LANDING + timedelta(minutes=1)
    return {"user_id": "nozone", "source": "player", "before": before}
