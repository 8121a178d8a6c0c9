"""`lake_year`: a build after a year of drains, against one on the first day.

A tenth of a drain a minute: 144 parts a day, 52,560 a year; each day is compacted when it is over.
A build finds ten new parts beside those of a day that goes on; the faster of two counts. Counted
are the files of the lake that a build reads, by inotify: what is a GET on S3. Names and sizes come
from listings, of which S3 gives 1,000 at a time.
"""

import ctypes
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.harness.lakehouse import Lakehouse
from spotifyweb import lake as lakes
from spotifyweb.lake import LocalLake, compaction

START = datetime(2025, 11, 22, tzinfo=UTC)
DAYS, DRAINS_A_DAY, NEW_DRAINS = 365, 144, 10
GOAL = 1.3
IN_ACCESS, IN_ISDIR = 0x1, 0x40000000
EVENT = struct.Struct("iIII")


class UnsyncedLake(LocalLake):
    """A lake on disk that does not wait for the disk."""

    def put(self, key: str, data: bytes) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@dataclass(slots=True, kw_only=True)
class Reads:
    """Which files below a folder were read, as watch number and name."""

    files: set[tuple[int, bytes]] = field(default_factory=set)
    is_over: threading.Event = field(default_factory=threading.Event)


def measure() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bench-lake-year-") as name:
        house = Lakehouse(folder=Path(name))
        store = UnsyncedLake(house.lake.root)
        _prepare(house)
        first = _measure_build(house, store, day=0)
        for day in range(DAYS - 1):
            _land_day(store, day)
            _compact(store, at=START + timedelta(days=day + 1, hours=2))
            _compact(store, at=START + timedelta(days=day + 1, hours=4))
        year = _measure_build(house, store, day=DAYS - 1)
        objects = sum(1 for _ in store.keys("bronze/plays/"))
    for what, unit, place in (("seconds", "s a build", 0), ("objects", "objects read", 1)):
        ratio = year[place] / first[place]
        yield {
            "bench": f"lake_year, {what}",
            "value": round(year[place], 1),
            "unit": f"{unit}, {DAYS * DRAINS_A_DAY:,} drains in {objects:,} objects",
            "baseline": f"on the first day: {first[place]:.1f}",
            "ratio": round(ratio, 2),
            "goal": GOAL,
            "holds": ratio <= GOAL,
        }


def _prepare(house: Lakehouse) -> None:
    lakes.ensure_datasets(house.lake)
    house.snapshot("erasures", [])


def _measure_build(house: Lakehouse, store: LocalLake, *, day: int) -> tuple[float, int]:
    """Return seconds and files read of a build with news, after one that knows the rest."""
    _land_day(store, day)
    now = START + timedelta(days=day, hours=24)
    house.build(f"{day}-before", now=now)
    builds = []
    for turn in range(2):
        _land_day(store, day, first=DRAINS_A_DAY + turn * NEW_DRAINS, count=NEW_DRAINS)
        with reads_below(store.root) as reads:
            began = time.perf_counter()
            house.build(f"{day}-news-{turn}", now=now, counts_bronze=False)
            seconds = time.perf_counter() - began
        builds.append((seconds, len(reads.files)))
    return min(builds)


def _land_day(store: LocalLake, day: int, *, first: int = 0, count: int = DRAINS_A_DAY) -> None:
    for drain in range(first, first + count):
        at = START + timedelta(days=day, minutes=9 * drain)
        offset = f"{day * 1000 + drain:020}"
        play = {
            "event_id": f"{day}-{drain}",
            "user_id": "alice",
            "event_type": "play",
            "played_at": at,
            "track_id": f"{drain % 97:022}",
            "track_name": f"Song {drain % 97}",
            "artist_name": f"Artist {drain % 13}",
            "ms_played": 180_000,
            "source": "recently_played",
            "landed_at": at,
            "log_partition": 0,
            "log_offset": offset,
        }
        table = pa.Table.from_pylist([play], schema=lakes.BRONZE_SCHEMAS["user_plays"])
        key = lakes.bronze_key("plays", landed_at=at, partition=0, first_offset=offset)
        lakes.write_table(store, key, table)


def _compact(store: LocalLake, *, at: datetime) -> None:
    compaction.compact(
        store, "plays", now=lambda: at, uncommitted=tuple, guard=lambda: nullcontext(_pass)
    )


def _pass() -> None:
    """Do nothing: nobody else works here."""


@contextmanager
def reads_below(folder: Path) -> Iterator[Reads]:
    """Note files below a folder that any process reads within the block, by Linux's inotify."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    for parent, _, _ in os.walk(folder):
        if libc.inotify_add_watch(handle, os.fsencode(parent), IN_ACCESS) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch", parent)
    reads = Reads()
    thread = threading.Thread(target=_note, args=(handle, reads))
    thread.start()
    try:
        yield reads
    finally:
        reads.is_over.set()
        thread.join()
        os.close(handle)


def _note(handle: int, reads: Reads) -> None:
    while True:
        is_last = reads.is_over.is_set()
        try:
            data = os.read(handle, 1 << 16)
        except BlockingIOError:
            if is_last:
                return
            time.sleep(0.01)
            continue
        place = 0
        while place < len(data):
            watch, mask, _, length = EVENT.unpack_from(data, place)
            place += EVENT.size
            if not mask & IN_ISDIR:
                reads.files.add((watch, data[place : place + length].rstrip(b"\0")))
            place += length
