"""The last thirty days: what each counts, and the page that draws them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from ingestion.models import Reject, Run, Stage
from ingestion.operations import trends
from spotifyweb.accounts.models import Listener

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def run(*, days_ago: int, minutes: float = 0, **fields: object) -> None:
    began = NOON - timedelta(days=days_ago)
    ended = began + timedelta(minutes=minutes)
    common: dict[str, object] = {"stage": Stage.CONSUME, "status": "succeeded"}
    Run.objects.create(**common | fields, started_at=began, ended_at=ended)


@pytest.fixture
def month() -> None:
    landed = {"records": 13, "rejects": 2, "erased": 1, "repetitions": {"replay": 3}}
    run(days_ago=0, minutes=4, subject="user_plays", counts=landed)
    run(days_ago=0, subject="user_likes", counts={"records": 99})
    run(days_ago=0, minutes=2.5, stage=Stage.TRANSFORM, status="failed")
    run(days_ago=1, has_news=False, repeats=1440)
    run(days_ago=29, minutes=5, stage=Stage.TRANSFORM)
    run(days_ago=30, minutes=500, status="failed", subject="user_plays", counts=landed)
    Reject.objects.create(topic="user_plays", partition=0, offset="1", rejected_at=NOON)


def test_each_day_is_counted_and_what_is_older_is_not(month: None) -> None:
    runs, minutes, plays, rejects, failures = trends.trends(now=NOON)
    assert len(runs.counts) == 30
    assert (runs.counts[-1], runs.counts[-2], runs.counts[0]) == (3, 1440, 1)
    assert (minutes.counts[-1], minutes.counts[0], minutes.total) == (6, 5, 11)
    assert (plays.counts[-1], plays.total) == (7, 7)
    assert (rejects.total, failures.total) == (1, 1)


def test_bars_stay_within_the_chart_and_small_counts_are_seen(month: None) -> None:
    runs = trends.trends(now=NOON)[0]
    assert max(bar.height for bar in runs.bars) == trends.HEIGHT
    assert runs.bars[0].height == trends.MIN_HEIGHT and runs.bars[1].height == 0
    assert all(0 <= bar.x <= trends.WIDTH and bar.y >= 0 for bar in runs.bars)


def test_the_page_is_for_staff_with_a_table_of_the_same_numbers(
    client: Client, alice: Listener, bob: Listener, month: None
) -> None:
    client.force_login(bob)
    assert client.get("/admin/status/trends/").status_code == 302
    client.force_login(alice)
    page = client.get("/admin/status/trends/").text
    assert page.count("status-chart") == 5
    assert page.count("status-day") == 30
    assert "/admin/status/trends/" in client.get("/admin/status/").text
