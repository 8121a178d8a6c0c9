"""A worker killed at each point of an erasure: the next goes on, and the receipt counts once."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.privacy import receipts
from spotifyweb.privacy.models import ErasureRequest
from tests.faults.erasing import POINTS
from tests.support.erasure_traces import DAY, play, sink
from tests.support.lake_rows import append_events, rows

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def erasure(alice: Listener, bob: Listener) -> ErasureRequest:
    """An hour of Alice's, in three objects that she shares with Bob, and one play in the log."""
    for part in range(3):
        append_events([play(who, 30 * part + n) for n in range(2) for who in ("alice", "bob")])
        sink()
    append_events([play("alice", 5)])
    return ErasureRequest.objects.create(
        listener=alice,
        kind=ErasureRequest.Kind.PERIOD,
        since=DAY,
        until=DAY + timedelta(hours=2),
        asked_at=timezone.now(),
    )


@pytest.mark.slow
def test_killed_anywhere_an_erasure_is_completed_once(erasure: ErasureRequest) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.erasing", str(erasure.pk)],
        env=os.environ | {"DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}"}
        if connection.vendor == "sqlite"
        else None,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {**dict.fromkeys(POINTS, -signal.SIGKILL), "": 0}

    erasure.refresh_from_db()
    assert erasure.first_pass_at is not None
    assert [row["user_id"] for row in rows(clients.lake(), "plays")] == ["bob"] * 6
    removed = erasure.removed
    assert removed["stored records"] == 6
    assert removed["records not stored yet"] == 1
    objects = receipts.receipt(erasure)["objects"]
    assert len(objects) == 3
    assert all(len(one["sha256"]) == 64 and one["rows"] == 2 for one in objects)
