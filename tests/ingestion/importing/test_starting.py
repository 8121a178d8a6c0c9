"""When a play began: the device's clock where it knows better, `ts - ms_played` elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.importing.starting import started_at

ENDED = datetime(2025, 5, 30, 14, 14, tzinfo=UTC)
IMPLIED = ENDED - timedelta(seconds=200)
SECONDS = int(IMPLIED.timestamp())


@pytest.mark.parametrize("none", [None, 0, 1, "1748614240", True, False, 12.5])
def test_without_a_device_clock_the_end_less_the_length_is_the_start(none: object) -> None:
    assert started_at(ENDED, 200_000, none) == IMPLIED


@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
def test_a_start_well_before_means_that_ts_was_late(unit: int) -> None:
    late = timedelta(hours=3)
    clock = (SECONDS - 3 * 3600) * unit
    assert started_at(ENDED, 200_000, clock) == IMPLIED - late


@pytest.mark.parametrize("seconds_off", [-2, 2, 10, 3600, -31 * 86_400], ids=str)
def test_small_differences_later_starts_and_wrong_clocks_change_nothing(seconds_off: int) -> None:
    assert started_at(ENDED, 200_000, SECONDS + seconds_off) == IMPLIED


@pytest.mark.parametrize("absurd", [-5, 10**30, 99_999_999_999, 2])
def test_absurd_clocks_change_nothing(absurd: int) -> None:
    assert started_at(ENDED, 200_000, absurd) == IMPLIED
