"""When the schedule asks for builds: soon after news, and never two at once."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.models import Run, Stage
from ingestion.pipeline import builds

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def record(stage: str, begun: datetime, ended: datetime, **counts: int) -> None:
    Run.objects.create(
        stage=stage, status="succeeded", started_at=begun, ended_at=ended, counts=counts
    )


def ages_of_numbers(*, build: timedelta, minutes: int) -> list[timedelta]:
    """Return how long each play waited for its build, with one play in three minutes."""
    waiting: list[datetime] = []
    ages: list[timedelta] = []
    free = NOON
    for minute in range(minutes):
        now = NOON + minute * MINUTE
        if minute % 3 == 0:  # played just after the drain before
            waiting.append(now - MINUTE)
            record(Stage.CONSUME, now, now, objects=1)
        if now >= free and builds.is_due(now=now):
            free = now + build
            record(Stage.TRANSFORM, now, free, models=1)
            ages += [free - played for played in waiting]
            waiting.clear()
    return sorted(ages)


@pytest.mark.parametrize("seconds", [12, 70, 180])
def test_19_of_20_plays_are_in_a_published_build_within_ten_minutes(seconds: int) -> None:
    ages = ages_of_numbers(build=timedelta(seconds=seconds), minutes=120)
    assert len(ages) > 30
    assert ages[len(ages) * 19 // 20] <= timedelta(minutes=10)


def test_a_landing_after_silence_is_built_with_the_next_minute() -> None:
    record(Stage.TRANSFORM, NOON - timedelta(hours=3), NOON - timedelta(hours=3), models=1)
    assert not builds.is_due(now=NOON)
    record(Stage.CONSUME, NOON, NOON, objects=1)
    assert builds.is_due(now=NOON + MINUTE)
