"""When a play began: the device's clock where it knows better, `ts - ms_played` elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.history_import.parser import device_start, device_started_at, started_at

ENDED = datetime(2025, 5, 30, 14, 14, tzinfo=UTC)
IMPLIED = ENDED - timedelta(seconds=200)
SECONDS = int(IMPLIED.timestamp())


def began(offline_timestamp: object) -> datetime:
    device = device_started_at(device_start(offline_timestamp))
    return started_at(ENDED, 200_000, device)


@pytest.mark.parametrize(
    "none", [None, 0, 1, True, False, 12.5, -5, "", "soon", "²", [], float("nan"), float("inf")]
)
def test_what_is_no_whole_number_above_one_is_no_device_start(none: object) -> None:
    assert device_start(none) is None
    assert began(none) == IMPLIED


@pytest.mark.parametrize("huge", [10**30, 253_402_300_800_000, "9" * 5000, 1e300, float("inf")])
def test_a_moment_that_no_calendar_has_is_no_device_start(huge: object) -> None:
    assert device_start(huge) is None


@pytest.mark.parametrize("sent", [1748614240, 1748614240.0, "1748614240.0", "1748614240"])
def test_a_whole_number_is_read_however_it_is_written(sent: object) -> None:
    assert device_started_at(device_start(sent)) == IMPLIED


def test_above_1e11_it_is_in_milliseconds() -> None:
    assert device_started_at(10**11) == datetime(5138, 11, 16, 9, 46, 40, tzinfo=UTC)
    assert device_started_at(10**11 + 1) == datetime(1973, 3, 3, 9, 46, 40, 1000, tzinfo=UTC)


@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
def test_a_start_well_before_means_that_ts_was_late(unit: int) -> None:
    assert began((SECONDS - 3 * 3600) * unit) == IMPLIED - timedelta(hours=3)


@pytest.mark.parametrize("seconds_off", [-2, 2, 10, 3600, -31 * 86_400], ids=str)
def test_small_differences_later_starts_and_wrong_clocks_change_nothing(seconds_off: int) -> None:
    assert began(SECONDS + seconds_off) == IMPLIED


@pytest.mark.parametrize("absurd", [99_999_999_999, 2])
def test_a_clock_that_is_far_off_is_kept_and_not_believed(absurd: int) -> None:
    assert began(absurd) == IMPLIED
    assert device_started_at(device_start(absurd)) is not None
