"""What all workers know together of Spotify's limits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from spotifyweb.spotify import errors
from spotifyweb.spotify.quota import EVERY, Budget, Quota
from tests.spotify.ticking import Clock


def test_calls_are_counted_by_family_and_listener(quota: Quota, clock: Clock) -> None:
    quota.check("player", user_id="alice")
    quota.check("player", user_id="bob")
    quota.check("library", user_id="alice")

    assert quota.spent(now=clock()) == {"player": 2, "library": 1}
    assert quota.spent_by_listener(now=clock()) == {"alice": 2, "bob": 1}


def test_counting_starts_anew_at_midnight(quota: Quota, clock: Clock) -> None:
    quota.check("player")
    clock.tick(hours=14)

    assert quota.spent(now=clock()) == {}


def test_a_quota_blocks_its_family_for_all_workers(quota: Quota, clock: Clock) -> None:
    quota.note(errors.QuotaExceeded("", retry_after_seconds=86_000), family="catalogue")
    another_worker = replace(quota)

    with pytest.raises(errors.Blocked) as caught:
        another_worker.check("catalogue")

    assert 85_999 <= caught.value.retry_after_seconds <= 86_001
    another_worker.check("recently_played")


def test_a_short_429_stops_everything_for_its_while(quota: Quota, clock: Clock) -> None:
    quota.note(errors.RateLimited("", retry_after_seconds=10), family="player")

    for family in ("player", "token", "recently_played"):
        with pytest.raises(errors.Blocked):
            quota.check(family)
    clock.tick(seconds=11)
    quota.check("player")


@pytest.mark.parametrize(
    ("body", "seconds"),
    [("Too many requests", "85771"), ("API rate limit exceeded", "74214"), ("", "901")],
)
def test_a_day_of_waiting_without_a_reason_stops_its_own_family_only(
    quota: Quota, body: str, seconds: str
) -> None:
    """Spotify names a quota by its size more often than by its word."""
    answer = errors.from_response(429, body, retry_after=seconds)
    assert isinstance(answer, errors.RateLimited)
    quota.note(answer, family="library")

    for family in ("recently_played", "token", "player"):
        quota.check(family)
    with pytest.raises(errors.Blocked):
        quota.check("library")


def test_up_to_a_quarter_of_an_hour_stops_every_family(quota: Quota) -> None:
    quota.note(errors.RateLimited("", retry_after_seconds=900), family="library")

    with pytest.raises(errors.Blocked):
        quota.check("recently_played")


@pytest.mark.parametrize("header", ["90001", "99999999999999999999", "9" * 5000])
def test_an_absurd_wait_is_a_day_and_an_hour(quota: Quota, clock: Clock, header: str) -> None:
    answer = errors.from_response(429, "Too many requests", retry_after=header)
    assert isinstance(answer, errors.RateLimited)
    quota.note(answer, family="library")
    quota.block("catalogue", seconds=10**30)

    assert answer.retry_after_seconds == 90_000
    for family in ("library", "catalogue"):
        assert quota.blocked_until(family) == clock() + timedelta(hours=25)


def test_a_block_can_be_lifted(quota: Quota, clock: Clock) -> None:
    quota.block("library", seconds=3600)
    quota.block(EVERY, seconds=60)
    assert set(quota.blocks(now=clock())) == {"library", EVERY}

    assert quota.lift("library") and quota.lift(EVERY)

    assert not quota.lift("library")
    quota.check("library")


def test_a_wait_names_its_day_unless_that_is_today(quota: Quota) -> None:
    quota.block("library", seconds=60)
    quota.block("catalogue", seconds=20 * 3600)

    with pytest.raises(errors.Blocked, match=r"until 10:01:00 UTC \(library"):
        quota.check("library")
    with pytest.raises(errors.Blocked, match=r"until 2 May 2026, 06:00:00 UTC"):
        quota.check("catalogue")


def test_a_blocked_call_is_not_counted(quota: Quota, clock: Clock) -> None:
    quota.block("player", seconds=60)

    with pytest.raises(errors.Blocked):
        quota.check("player")

    assert quota.spent(now=clock()) == {}


def test_a_longer_block_is_not_shortened(quota: Quota) -> None:
    quota.block("player", seconds=3600)
    until = quota.blocked_until("player")
    quota.block("player", seconds=10)

    assert quota.blocked_until("player") == until


def test_client_ids_do_not_block_each_other(quota: Quota) -> None:
    quota.block(EVERY, seconds=60)

    replace(quota, client_id="another").check("player")


def test_a_share_is_kept_for_plays_and_tokens(quota: Quota) -> None:
    tight = replace(quota, budget=Budget(calls=10, reserved_share=0.2))
    for _ in range(8):
        tight.check("player")

    with pytest.raises(errors.BudgetSpent) as caught:
        tight.check("player")

    assert caught.value.retry_after_seconds == 14 * 3600 + 1  # midnight, from ten in the morning
    tight.check("recently_played")
    tight.check("token")
    with pytest.raises(errors.BudgetSpent):
        tight.check("recently_played")


def test_the_catalogue_has_a_small_budget_of_its_own(quota: Quota) -> None:
    tight = replace(quota, budget=Budget(catalogue=2))
    tight.check("catalogue")
    tight.check("catalogue")

    with pytest.raises(errors.BudgetSpent):
        tight.check("catalogue")
    tight.check("player")


def test_a_listener_is_forgotten(quota: Quota, clock: Clock) -> None:
    quota.check("player", user_id="alice")
    clock.tick(days=1)
    quota.check("player", user_id="alice")

    assert quota.forget("alice", now=clock()) == 2
    assert quota.spent_by_listener(now=clock()) == {}


@pytest.mark.parametrize(
    "header", [None, "", "soon", "-5", "²", "1e3", "٣", "Wed, 21 Oct 2026 07:28:00 GMT"]
)
def test_a_429_without_a_usable_time_gets_a_safe_one(header: str | None) -> None:
    short = errors.from_response(429, "Too many requests", retry_after=header)
    long = errors.from_response(429, "Too many", reason="QUOTA_EXCEEDED", retry_after=header)

    assert isinstance(short, errors.RateLimited) and short.retry_after_seconds == 30
    assert isinstance(long, errors.QuotaExceeded) and long.retry_after_seconds == 3600
