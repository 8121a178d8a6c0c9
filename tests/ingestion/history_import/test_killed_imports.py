"""An import killed in its middle, by the hardest signal, and done again."""

import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from bench.harness.history_export import Export, write
from spotifyweb.eventlog import EventLog
from tests.ingestion.history_import.conftest import Appended, Import

IMPORTING = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from ingestion.history_import.importer import Importer
from spotifyweb.eventlog.redis_streams import RedisStreamsLog

url, ledgers, archive, moment = sys.argv[1:]

class Dying(RedisStreamsLog):
    appended = 0

    def append(self, topic, records):
        self.appended += super().append(topic, records)
        if self.appended >= int(moment):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.appended

Importer(
    user_id="alice", import_id=1, log=Dying.from_url(url), ledgers=Path(ledgers),
    max_bytes=10**9, now=datetime(2026, 6, 1, tzinfo=UTC),
).run([Path(archive)])
"""


@pytest.mark.slow
@pytest.mark.faults
def test_an_import_killed_at_any_moment_and_repeated_is_whole(
    run: Import, appended: Appended, log: EventLog, tmp_path: Path
) -> None:
    export = Export(count=20_000, seed=4)
    archive = write(tmp_path / "a.zip", export.rows())
    place = [settings.REDIS_URL, str(tmp_path / "imports"), str(archive)]
    moment = str(random.randint(1, 14_000))
    victim = subprocess.run(
        [sys.executable, "-c", IMPORTING, *place, moment], cwd=settings.BASE_DIR, check=False
    )
    assert victim.returncode == -signal.SIGKILL

    tally = run(archive, import_id=1).tally
    assert {name: n for name, n in tally.outcomes().items() if n} == export.expected
    events = appended()
    kinds = Counter({event["event_id"]: event["event_type"] for event in events}.values())
    new = sum(export.expected[key] for key in ("plays", "skips", "podcasts", "audiobooks"))
    assert sum(kinds.values()) == new
    assert len(events) > new, "what was appended before the kill came twice, under the same ids"
    assert run(archive, import_id=2).tally.outcomes()["duplicates"] == (
        new + export.expected["duplicates"]
    )
    assert appended() == []
