"""The coverage ledger: when plays may be missing, and when none are."""

import pytest

from ingestion.models import Gap
from spotifyweb import events
from spotifyweb.accounts.models import Listener
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


def test_hourly_fetches_leave_no_gap(mira: Listener, noon: Sandbox) -> None:
    for hour in range(4):
        at(noon, hours=hour)
        fetch(mira, hours=hour)
    assert not Gap.objects.exists()
