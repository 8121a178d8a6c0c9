"""A small history, for every run of the tests: which of its rows become which listens."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import orjson

from ingestion.history_import.importer import Importer
from spotifyweb.eventlog import EventLog
from tests.lifetime import identity, placing
from tests.lifetime.generation import Lifetime, write
from tests.lifetime.installation import read

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Kept:
    """Takes every event and remembers its id."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def create_topics(self, topics: object) -> None: ...

    def append(self, topic: str, records: list[tuple[str, bytes]]) -> int:
        self.ids += [orjson.loads(value)["event_id"] for _, value in records]
        return len(records)

    def sync(self) -> None: ...


def test_an_import_and_the_rules_find_the_same_listens(tmp_path: Path) -> None:
    life = Lifetime(count=900, until=date(2026, 6, 1), seed=8)
    path, log = write(tmp_path / "my_spotify_data.zip", life.files()), Kept()
    importer = Importer(
        user_id="alice",
        import_id=1,
        log=cast(EventLog, log),
        ledgers=tmp_path / "imports",
        max_bytes=10**9,
        now=NOW,
    )
    tally = importer.run([path]).tally
    counted = identity.imported(read(path), now=NOW)
    assert tally.reasons == counted.reasons
    zone = ZoneInfo(life.zone)
    placed = placing.placed(counted.listens, user_id="alice", zone=zone)
    assert sorted(log.ids) == sorted(one.event_id for one in placed)
    log.ids.clear()
    assert importer.run([path]).tally.outcomes()["duplicates"] == sum(
        counted.outcomes()[outcome] for outcome in identity.LISTENS
    )
    assert log.ids == []
