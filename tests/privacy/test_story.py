"""Kavya has a play, some days and a source forgotten: lake, log and builds are the real ones."""

import shutil
import time
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from bench.harness.lakehouse import Lakehouse
from ingestion.pipeline import transformation
from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.lake.schemas import event_schema
from spotifyweb.privacy import execution, tasks
from spotifyweb.privacy.models import ErasureRequest
from tests.conftest import listener
from tests.dbt import listening
from tests.dbt.conftest import house as house
from tests.support.erasure_traces import later, sink
from tests.support.lake_rows import rows

pytestmark = pytest.mark.django_db
DAYS = {"what": "period", "first": "2026-06-29", "last": "2026-07-03"}
IN_THE_DAYS = ("2026-06-28T18:30", "2026-07-03T18:30")  # midnights in Kolkata
TOPICS = {"play": "user_plays", "skip": "user_skips"}
TOLD_TWICE = """
    select listens.event_id from silver.silver_listens as listens
    where listens.user_id = 'kavya' and listens.sources like '%,%'
        and listens.sources not like '%account_data%' and listens.event_type = 'play'
        and listens.local_date < date '2026-06-01' and (
            select count(*) from silver.silver_events as near
            where near.user_id = 'kavya' and near.track_name = listens.track_name
                and near.played_at between listens.ended_at - interval '5 minutes'
                and listens.ended_at + interval '5 minutes'
        ) = (
            select count(*) + 1 from silver.silver_merged as merged
            where merged.play_event_id = listens.event_id
        )
    order by listens.event_id limit 1
"""
TELLINGS = """
    select event_id from silver.silver_merged where play_event_id = ? union all select ?
"""
Rows = dict[str, dict[str, Any]]


@pytest.fixture
def kavya(house: Lakehouse, own_place: None, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """In a house of her own that is a copy of the session's, a day after its last build."""
    shutil.copytree(house.folder / "lake", settings.DATA_DIR / "lake")
    shutil.copytree(house.warehouse, settings.DATA_DIR / "warehouse")
    next_day, began = listening.SECOND_BUILD + timedelta(days=1), time.monotonic()
    monkeypatch.setattr(
        timezone, "now", lambda: next_day + timedelta(seconds=time.monotonic() - began)
    )
    return listener("kavya", timezone="Asia/Kolkata")


def told(user_id: str) -> Rows:
    """What the lake holds of that listener's listening."""
    found = [row for name in ("plays", "skips") for row in rows(clients.lake(), name)]
    return {row["event_id"]: row for row in found if row["user_id"] == user_id}


def shown(user_id: str) -> set[str]:
    """What readers of the published build see."""
    sql = "select event_id from silver.silver_events where user_id = ?"
    return {str(row["event_id"]) for row in clients.warehouse().rows(sql, [user_id])}


def again(events: Rows) -> None:
    """An archive imported again, or a fetch that overlaps; then the sink."""
    for row in events.values():
        names = event_schema(row["event_type"]).names  # a record has no fields of the sink's
        record = orjson.dumps({name: row[name] for name in names if row[name] is not None})
        clients.event_log().append(TOPICS[row["event_type"]], [(row["user_id"], record)])
    sink()


def of_the_days(events: Rows) -> set[str]:
    first, last = IN_THE_DAYS
    return {one for one, row in events.items() if first <= row["played_at"].isoformat() < last}


def browser_of(somebody: Listener) -> Client:
    client = Client()
    client.force_login(somebody)
    return client


def pressed(browser: Client, **words: str) -> Any:
    """Look at it, then press the button; what the look said, and the receipt's address."""
    look = browser.get("/data/erase/", words)
    assert look.status_code == 200, look
    answer = browser.post("/data/erase/", {**words, "sure": "yes"})
    assert answer.status_code == 302, answer
    return look.context["preview"], answer["Location"]


@pytest.mark.slow
def test_a_play_some_days_and_a_source_go_everywhere_and_stay_away(
    kavya: Listener, charlie: Listener
) -> None:
    mine, before, others = browser_of(kavya), told("kavya"), told("howard")
    (play,) = clients.warehouse().rows(TOLD_TWICE)
    tellings = clients.warehouse().rows(TELLINGS, [play["event_id"]] * 2)
    doomed = [
        {str(row["event_id"]) for row in tellings},
        of_the_days(before),
        {one for one, row in before.items() if row["source"] == "account_data"},
    ]
    assert all(doomed)
    remaining = set(before) - doomed[0] - doomed[1] - doomed[2]
    skip = next(before[one] for one in doomed[1] if before[one]["event_type"] == "skip")
    waiting = orjson.dumps({**skip, "played_at": skip["played_at"] + timedelta(seconds=1)})
    clients.event_log().append("user_skips", [("kavya", waiting)])

    strangers = browser_of(charlie)
    assert (
        strangers.get("/data/erase/", {"what": "play", "event": play["event_id"]}).status_code
        == 302
    )
    assert strangers.get("/data/").context["sources"] == {}, "Charlie sees nothing"
    looked, page = pressed(mine, what="play", event=play["event_id"])
    assert (looked.plays, looked.observations) == (1, len(tellings))
    pressed(mine, **DAYS)
    looked, _ = pressed(mine, what="source", source="account_data")
    assert looked.observations == len(doomed[2])

    erasures = list(ErasureRequest.objects.order_by("asked_at"))
    for erasure in erasures:
        assert mine.get(f"/data/erasures/{erasure.token}/").context["state"] == "waiting"
        tasks.erase(order_pk=erasure.pk)
    assert mine.get(page).context["state"] == "building"
    assert strangers.get(page).status_code == Client().get(page).status_code == 404
    assert set(told("kavya")) == remaining
    assert clients.event_log().lag("user_skips") == 0

    transformation.transform(  # any build that begins now knows, also one that somebody else wants
        store=clients.lake(),
        builds=clients.builds(),
        folder=settings.DATA_DIR / "dbt",
        now=timezone.now(),
    )
    assert shown("kavya") == remaining
    assert set(told("howard")) == shown("howard") == set(others)
    assert len(list((settings.DATA_DIR / "warehouse" / "builds").iterdir())) == 1
    assert execution.resume_all(clock=later) == 3
    removed = [mine.get(f"/data/erasures/{one.token}/").context["removed"] for one in erasures]
    assert sum(counts["stored records"] for counts in removed) >= len(before) - len(remaining)
    assert removed[1]["records not stored yet"] == 1

    again(before)
    assert set(told("kavya")) == remaining
    assert mine.post(f"/data/erasures/{erasures[1].token}/lift/").status_code == 302
    again(before)
    assert set(told("kavya")) == remaining | doomed[1] - doomed[0] - doomed[2]
