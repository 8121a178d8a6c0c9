"""A listener's days are those of the zone that they lived in then."""

from datetime import UTC, date, datetime, timedelta

import pytest

from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import Listener, ListenerTimezone

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 8)
NEXT = date(2026, 3, 9)


def moved(listener: Listener, *lived: tuple[str, datetime]) -> list[timezones.TimezonePeriod]:
    for zone, since in lived:
        ListenerTimezone.objects.create(listener=listener, timezone=zone, valid_from=since)
    return timezones.timezone_periods(listener)


def march(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_a_day_before_a_move_lies_where_they_lived_before_it(alice: Listener) -> None:
    june = datetime(2026, 6, 1, tzinfo=UTC)
    lived = moved(alice, ("Asia/Kolkata", march(1)), ("America/New_York", june))
    assert timezones.start_of(lived, DAY) == march(7, 18, 30)
    assert timezones.end_of(lived, DAY) == march(8, 18, 30)
    assert timezones.end_of(lived, date(2026, 6, 2)) == datetime(2026, 6, 3, 4, tzinfo=UTC)


def test_the_first_zone_holds_for_all_time_before(alice: Listener) -> None:
    lived = moved(alice, ("Asia/Kolkata", march(20)))
    assert timezones.end_of(lived, DAY) == march(8, 18, 30)


@pytest.mark.parametrize(
    ("zone", "ends"), [("Asia/Kolkata", (18, 30)), ("", (24, 0)), ("?", (24, 0))]
)
def test_who_never_moved_lives_where_the_browser_said(
    alice: Listener, zone: str, ends: tuple[int, int]
) -> None:
    alice.timezone = zone
    hours, minutes = ends
    assert timezones.end_of(timezones.timezone_periods(alice), DAY) == march(8) + timedelta(
        hours=hours, minutes=minutes
    )


def test_a_journey_east_leaves_no_time_between_two_days_and_counts_none_twice(
    alice: Listener,
) -> None:
    """At 20 o'clock in New York it was half past five of the next day in Kolkata."""
    left_at = march(9)
    lived = moved(alice, ("America/New_York", march(1)), ("Asia/Kolkata", left_at))
    assert timezones.end_of(lived, DAY) == timezones.start_of(lived, NEXT) == left_at


def test_a_day_that_a_journey_west_brings_back_ends_with_its_second_midnight(
    alice: Listener,
) -> None:
    lived = moved(alice, ("Asia/Kolkata", march(1)), ("America/New_York", march(8, 20)))
    assert timezones.start_of(lived, NEXT) == march(8, 18, 30)
    assert timezones.end_of(lived, DAY) == march(9, 4)


def test_a_day_on_which_clocks_change_has_its_own_length(alice: Listener) -> None:
    lived = moved(alice, ("America/New_York", march(1)))
    assert timezones.end_of(lived, DAY) - timezones.start_of(lived, DAY) == timedelta(hours=23)
