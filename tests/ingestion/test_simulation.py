"""Invented listeners: the same arguments give the same events, and the live sandbox agrees."""

import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from bench.harness.sandbox_client import MIRA, Sandbox
from ingestion import simulation
from ingestion.models import Gap, Track
from spotifyweb import clients, events
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.sandbox.catalogue import podcasts
from spotifyweb.sandbox.listeners import habits
from spotifyweb.sandbox.listeners.people import PEOPLE, person

UNTIL = datetime(2026, 5, 1, 12, tzinfo=UTC)
TOPICS = ("user_plays", "user_skips", "user_likes")


def simulate(**order: Any) -> dict[str, int]:
    wanted: dict[str, Any] = {"users": 3, "days": 20, "seed": 1, "until": UNTIL} | order
    return simulation.simulate(**wanted, log=clients.event_log(), now=UNTIL)


def covered(listener: Listener) -> list[tuple[str, datetime, datetime]]:
    return Gap.objects.known(listener, now=UNTIL)


def in_log(topic: str) -> list[dict[str, Any]]:
    drained = clients.event_log().drain(topic, max_records=10_000, max_bytes=1 << 25)
    return [orjson.loads(value) for batch in drained for value in batch.values]


def ids() -> set[object]:
    return {row["event_id"] for topic in TOPICS for row in in_log(topic)}


@pytest.mark.django_db
def test_the_log_holds_what_the_counts_say() -> None:
    counts = simulate()

    assert counts["plays"] == len(in_log("user_plays")) > 500
    assert counts["skips"] == len(in_log("user_skips")) > 50
    assert counts["likes"] == len(in_log("user_likes")) > 5
    assert counts["events"] == counts["plays"] + counts["skips"] + counts["likes"] == len(ids())


@pytest.mark.django_db
def test_a_second_run_adds_nothing_new() -> None:
    simulate()
    first = ids()
    clients.redis_client().flushall()
    simulate()

    assert ids() == first


@pytest.mark.django_db
def test_nothing_is_missing_in_simulated_days() -> None:
    simulate()
    mira = Listener.objects.get(user_id=MIRA)
    assert covered(mira) == [("simulation", UNTIL - timedelta(days=20), UNTIL)]

    simulate(until=UNTIL + timedelta(days=5))
    assert covered(mira) == [("simulation", UNTIL - timedelta(days=20), UNTIL + timedelta(days=5))]

    simulate(until=UNTIL + timedelta(days=90))  # in between nobody knows
    assert covered(mira) == [("simulation", UNTIL + timedelta(days=70), UNTIL + timedelta(days=90))]


@pytest.mark.django_db
def test_another_seed_is_another_world() -> None:
    simulate(users=1)
    first = ids()
    simulate(users=1, seed=2)

    assert len(ids() & first) == len(first)
    assert len(ids()) > len(first)


@pytest.mark.django_db
@pytest.mark.parametrize("topic", TOPICS)
def test_every_record_is_the_event_that_it_stands_for(topic: str) -> None:
    simulate(users=2, days=10)
    kind = next(one for one in events.TYPES.values() if one.topic == topic)

    for row in in_log(topic):
        assert kind.from_json(row).to_json() == row


@pytest.mark.django_db
def test_some_evenings_end_with_a_podcast_or_a_book() -> None:
    simulate(users=4, days=40)
    rows = in_log("user_plays") + in_log("user_skips")
    spoken = [row for row in rows if row["content_type"] != "track"]

    assert {row["content_type"] for row in spoken} == {"episode", "chapter"}
    assert len({row["user_id"] for row in spoken}) == 4
    assert 0.003 < len(spoken) / len(rows) < 0.05
    for row in spoken:
        assert row["context"] == f"spotify:show:{row['artist_id']}"
        assert row["track_id"] in podcasts.episodes()


@pytest.mark.django_db
def test_skips_are_short_and_plays_are_not() -> None:
    simulate()

    assert all(row["ms_played"] < 30_000 for row in in_log("user_skips"))
    for row in in_log("user_plays"):
        assert row["ms_played"] >= 30_000 or row["reason_end"] == "trackdone"
        assert 0 < row["ms_played"] <= row["duration_ms"]


@pytest.mark.django_db
def test_listeners_are_known_with_their_zone_and_the_catalogue_is_filled() -> None:
    simulate(users=7, days=1)

    mira = Listener.objects.get(user_id=MIRA)
    assert (mira.display_name, mira.timezone) == ("Mira Solberg", "Europe/Oslo")
    assert mira.connection == Connection.LOCAL
    assert Listener.objects.count() == 7
    assert Track.objects.filter(duration_ms__gt=0, image_url__contains="/image/").count() > 3000


@pytest.mark.django_db
def test_somebody_who_moved_house_stays_there() -> None:
    Listener.objects.create(user_id=MIRA, display_name="M.", timezone="Asia/Tokyo")
    simulate(users=1, days=1)

    mira = Listener.objects.get(user_id=MIRA)
    assert (mira.display_name, mira.timezone) == ("M.", "Asia/Tokyo")


@pytest.mark.django_db
def test_recently_played_is_the_end_of_the_simulated_history(sandbox: Sandbox) -> None:
    simulate(users=5, days=40)
    sandbox.clock(now=UNTIL.isoformat(), speed=0)
    plays = sorted(in_log("user_plays"), key=lambda row: str(row["played_at"]), reverse=True)

    for one in PEOPLE:
        access = sandbox.log_in(one.account_id)["access_token"]
        page = sandbox.get("me/player/recently-played", access, limit=50).json()
        live = [(item["track"]["id"], item["played_at"]) for item in page["items"]]
        music = [row for row in plays if row["content_type"] == "track"]
        own = [row for row in music if row["user_id"] == one.account_id]
        assert live == [(row["track_id"], row["played_at"]) for row in own[:50]]


def test_the_days_join_up_whatever_the_window() -> None:
    """Two windows side by side hold what one over both holds: a play belongs to where it ends."""
    middle, start = UNTIL - timedelta(hours=37), UNTIL - timedelta(days=6)
    for number in (0, 3, 4, 11):
        who = person(number)
        whole = list(habits.listens(who, start, UNTIL, seed=1))
        parts = [(start, middle), (middle, UNTIL)]
        assert whole == [h for part in parts for h in habits.listens(who, *part, seed=1)]
        assert all(a.ended_ms <= b.started_ms for a, b in pairwise(whole))


def test_moments_are_written_as_events_write_them() -> None:
    moment = UNTIL + timedelta(milliseconds=7)
    assert simulation.format_ms(events.to_ms(moment)) == events.rfc3339(moment)


@pytest.mark.django_db
def test_the_command_prints_one_json_object() -> None:
    out = io.StringIO()
    call_command("simulate", "--users=1", "--days=2", "--until=2026-05-01", "--json", stdout=out)

    told = orjson.loads(out.getvalue())
    assert told["users"] == 1
    assert told["until"] == "2026-05-01T00:00:00+00:00"
