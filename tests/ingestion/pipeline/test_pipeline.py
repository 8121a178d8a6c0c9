"""The whole way by commands: Spotify to gold, and gold anew from the lake alone, the same.

What the API answers from that gold is what the evaluation measures of it, and its lists give
reasons that can be counted in bronze.
"""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from ingestion import simulation
from ingestion.models import Run
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.sandbox.listeners.people import PEOPLE
from tests.ingestion.conftest import NOON
from tests.recommendations import agreement, recount

pytestmark = pytest.mark.django_db
OF_THE_BUILD = {"build_info"}  # names the build itself


def command(name: str) -> Any:
    said = StringIO()
    call_command(name, json=True, stdout=said)
    return json.loads(said.getvalue())


def gold() -> dict[str, list[dict[str, Any]]]:
    """Every gold table with all its rows."""
    tables = clients.warehouse().rows(
        "select table_name from information_schema.tables where table_schema = 'gold'"
    )
    names = {str(row["table_name"]) for row in tables} - OF_THE_BUILD
    return {name: ordered(name) for name in names}


def ordered(name: str) -> list[dict[str, Any]]:
    return clients.warehouse().rows(f"select * from gold.{name} order by all")


def is_like(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    """Sums of fractions differ in their last digit with the order of adding."""
    return rows == others or rows == [
        {key: pytest.approx(val) if isinstance(val, float) else val for key, val in row.items()}
        for row in others
    ]


def simulated(*, days: int, until: datetime) -> dict[str, int]:
    return simulation.simulate(
        users=3, days=days, seed=1, until=until, log=clients.event_log(), now=NOON
    )


@pytest.mark.slow
def test_from_spotify_to_gold_and_gold_anew_from_the_lake(
    mira: Listener, own_place: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = agreement.Clock(now=NOON)
    monkeypatch.setattr(timezone, "now", clock)  # what fades with time is built as of it
    past = simulated(days=25, until=NOON)
    older = simulated(days=2, until=NOON - timedelta(days=60))
    produced = command("produce")
    assert (produced["listeners"], produced["failed"], produced["plays"]) == (1, 0, 50)

    results = command("pipeline")
    assert results["consume"]["records"] == sum(
        (past["events"], older["events"], produced["plays"], produced["likes"])
    )
    assert results["transform"]["status"] == "published"
    heard = clients.warehouse().rows("select sum(plays) as plays from gold.user_tracks")
    assert (
        heard[0]["plays"] == past["plays"] + older["plays"]
    )  # what Spotify lists too is counted once

    tens = list(agreement.tens(listeners=3, built_at=NOON, hours=30, seed=1, clock=clock, most=20))
    agreed = sum(served == measured for served, measured in tens)
    assert len(tens) >= 50 and agreed >= 0.99 * len(tens), f"{agreed} of {len(tens)}"
    clock.now = NOON
    recount.assert_lists(now=NOON, seed=1)

    before = gold()
    rebuilt = command("rebuild")

    assert rebuilt["build_id"] != results["transform"]["build_id"]
    after = gold()
    assert {name: rows for name, rows in after.items() if not is_like(rows, before[name])} == {}
    assert {row["user_id"] for row in after["user_tracks"]} == {
        one.account_id for one in PEOPLE[:3]
    }
    assert set(Run.objects.values_list("stage", "status")) == {
        (stage, "succeeded") for stage in ("produce", "consume", "transform", "quality", "rebuild")
    }
