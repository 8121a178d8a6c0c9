"""The coverage ledger: when plays may be missing, and when none are."""

from datetime import datetime, timedelta

import pytest

from bench.harness.sandbox_client import Sandbox
from ingestion import tasks
from ingestion.fetch import gaps
from ingestion.models import OUTAGE, Cursor, Gap
from spotifyweb import events
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify import errors
from tests.ingestion.conftest import NOON, at
from tests.ingestion.fetched import cursor, ended, fetch

pytestmark = pytest.mark.django_db


def test_fifty_plays_that_do_not_reach_back_to_the_last_known_one_are_a_gap(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    known = cursor(mira).reached_at
    at(noon, days=20)

    fetch(mira, days=20)

    gap = Gap.objects.get()
    assert (gap.starts_at, gap.status) == (known, Gap.Status.POSSIBLE)
    assert events.to_ms(gap.ends_at) == min(
        moment for moment in ended() if moment > events.to_ms(NOON)
    )


def test_an_outage_that_the_fifty_plays_cover_is_noted_as_filled(
    mira: Listener, noon: Sandbox
) -> None:
    fetch(mira)
    at(noon, hours=5)

    fetch(mira, hours=5)

    assert Gap.objects.get().status == Gap.Status.FILLED
    assert Gap.objects.get().reason == Gap.Reason.OFFLINE


def test_the_first_fetch_keeps_how_far_back_it_saw(mira: Listener, noon: Sandbox) -> None:
    fetch(mira)
    since = cursor(mira).known_since
    assert since and events.to_ms(since) == min(ended())
    at(noon, days=20)
    fetch(mira, days=20)
    assert cursor(mira).known_since == since


def test_hourly_fetches_leave_no_gap(mira: Listener, noon: Sandbox) -> None:
    for hour in range(4):
        at(noon, hours=hour)
        fetch(mira, hours=hour)
    assert not Gap.objects.exists()


def stands(who: Listener, connection: str) -> None:
    """As the player's poller or a login leave it."""
    Listener.objects.filter(pk=who.pk).update(connection=connection)
    who.refresh_from_db()


@pytest.mark.parametrize(("days", "status"), [(0.1, Gap.Status.FILLED), (20, Gap.Status.POSSIBLE)])
def test_a_lapsed_consent_is_a_gap_that_grows_each_hour_until_the_next_page(
    mira: Listener, noon: Sandbox, days: float, status: str
) -> None:
    fetch(mira)
    known = cursor(mira).reached_at
    stands(mira, Connection.NEEDS_LOGIN)
    for _ in range(2):
        tasks.produce()
    written = Gap.objects.get()
    assert (written.starts_at, written.status) == (known, Gap.Status.POSSIBLE)

    stands(mira, Connection.CONNECTED)
    at(noon, days=days)
    fetch(mira, days=days)

    gap = Gap.objects.get()
    assert (gap.reason, gap.status) == (Gap.Reason.NEEDS_LOGIN, status)
    assert gap.ends_at <= NOON + timedelta(days=days)


def test_who_hears_little_has_no_gap_before_the_last_fetch(alice: Listener) -> None:
    Cursor.objects.create(
        listener=alice,
        stream=Cursor.Stream.RECENTLY_PLAYED,
        reached_at=NOON - timedelta(days=60),
        fetched_at=NOON,
    )
    assert Gap.objects.ongoing(alice, now=NOON + timedelta(hours=2)) is None
    lasting = Gap.objects.ongoing(alice, now=NOON + timedelta(hours=4))
    assert lasting and lasting.starts_at == NOON - timedelta(days=1)


MOMENT = timedelta(microseconds=1)


def reached(listener: Listener) -> Cursor:
    """All plays are known until NOON, when the last one was fetched as it ended."""
    return Cursor.objects.create(
        listener=listener,
        stream=Cursor.Stream.RECENTLY_PLAYED,
        known_since=NOON - timedelta(days=1),
        reached_at=NOON,
        fetched_at=NOON,
    )


@pytest.mark.parametrize(
    ("oldest", "status"),
    [(NOON, Gap.Status.FILLED), (NOON + MOMENT, Gap.Status.POSSIBLE)],
    ids=["meets", "misses"],
)
def test_a_page_that_begins_with_the_last_known_play_leaves_no_gap(
    alice: Listener, oldest: datetime, status: str
) -> None:
    """Neither one that was written down before nor one of its own."""
    at_once, later = NOON + OUTAGE, NOON + timedelta(hours=9)
    cursor = reached(alice)
    gaps.record_page(cursor, oldest=oldest, now=at_once)
    found = Gap.objects.filter(status=Gap.Status.POSSIBLE)
    assert found.count() == (status == Gap.Status.POSSIBLE)
    found.delete()

    gaps.record_failure(cursor, errors.Unavailable("gone"), now=at_once)
    gaps.record_page(cursor, oldest=oldest, now=later)

    gap = Gap.objects.get()
    assert (gap.starts_at, gap.status) == (NOON, status)
    assert gap.ends_at == (later if status == Gap.Status.FILLED else oldest)


def test_three_hours_without_a_fetch_are_no_outage_and_three_of_failures_are(
    alice: Listener,
) -> None:
    cursor, three = reached(alice), NOON + OUTAGE
    assert not cursor.is_out(now=three)
    assert cursor.is_out(now=three + MOMENT)
    assert Gap.objects.ongoing(alice, now=three) is None

    gaps.record_failure(cursor, errors.Unavailable("gone"), now=three - MOMENT)
    assert not Gap.objects.exists()
    gaps.record_failure(cursor, errors.Unavailable("gone"), now=three)
    assert Gap.objects.get().ends_at == three
