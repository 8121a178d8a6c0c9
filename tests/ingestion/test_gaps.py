"""The coverage ledger: when plays may be missing, and when none are."""

from datetime import timedelta

import pytest

from ingestion import tasks
from ingestion.models import Cursor, Gap
from spotifyweb import events
from spotifyweb.accounts.models import Connection, Listener
from tests.ingestion.conftest import NOON, at
from tests.ingestion.fetched import cursor, ended, fetch
from tests.sandbox_server import Sandbox

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
    assert Gap.objects.lasting(alice, now=NOON + timedelta(hours=2)) is None
    lasting = Gap.objects.lasting(alice, now=NOON + timedelta(hours=4))
    assert lasting and lasting.starts_at == NOON - timedelta(days=1)
