"""The whole way by commands: Spotify to gold, and gold anew from the lake alone, the same."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from bench.harness.sandbox_client import MIRA
from ingestion.models import Run
from spotifyweb import clients
from spotifyweb.accounts.models import Listener

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


def nearly(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sums of fractions differ in their last digit with the order of adding."""
    return [
        {key: pytest.approx(val) if isinstance(val, float) else val for key, val in row.items()}
        for row in rows
    ]


def test_from_spotify_to_gold_and_gold_anew_from_the_lake(
    mira: Listener, own_place: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # what fades with time is built as of it
    produced = command("produce")
    assert (produced["listeners"], produced["failed"], produced["plays"]) == (1, 0, 50)

    results = command("pipeline")
    assert results["consume"]["records"] == produced["plays"] + produced["likes"]
    assert results["transform"]["status"] == "published"
    heard = clients.warehouse().rows("select sum(plays) as plays from gold.user_tracks")
    assert heard[0]["plays"] == 50

    before = gold()
    rebuilt = command("rebuild")

    assert rebuilt["build_id"] != results["transform"]["build_id"]
    after = gold()
    assert {name: rows for name, rows in after.items() if rows != nearly(before[name])} == {}
    assert {row["user_id"] for row in after["user_tracks"]} == {MIRA}
    assert set(Run.objects.values_list("stage", "status")) == {
        (stage, "succeeded") for stage in ("produce", "consume", "transform", "quality", "rebuild")
    }
