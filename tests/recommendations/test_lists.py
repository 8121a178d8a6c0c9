"""Lists: artists limited before the foremost are taken, and places for what was silent for long."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from recommendations import lists
from recommendations.evaluation import gold_schema, list_metrics
from recommendations.feedback import FeedbackSummary
from recommendations.lists import reserve_seats
from recommendations.parameters import Parameters
from recommendations.strategies import strategies
from spotifyweb.warehouse.scratch import Scratch
from tests.recommendations import invented_plays
from tests.recommendations.invented_plays import AS_OF, track_id
from tests.recommendations.reference import Heard


def played(number: int, artist: str, *, days_ago: float, user_id: str = "alice") -> Heard:
    ended = AS_OF - timedelta(days=days_ago, seconds=number)
    return Heard(user_id, track_id(number), artist, ended - timedelta(minutes=3), ended)


def catalogue() -> list[Heard]:
    """Alice plays 70 artists, one of them most; bob played two to sixty more tracks of each."""
    alice = [played(n, f"artist {n}", days_ago=1 + n % 5) for n in range(70)]
    alice += [played(0, "artist 0", days_ago=1.5 + n) for n in range(30)]
    silent = [played(100 + n, f"old {n}", days_ago=35 + n) for n in range(40)]
    older = [played(200 + n, f"older {n}", days_ago=200 + n) for n in range(20)]
    silent += [replace(each, played_at=each.played_at - timedelta(days=2)) for each in silent]
    more = [
        played(10_000 + 1000 * n + k, f"artist {n}", days_ago=3, user_id="bob")
        for n in range(70)
        for k in range(1, 121 if n == 0 else 4)
    ]
    return alice + silent + older + more


@pytest.fixture(scope="module")
def scratch() -> Iterator[Scratch]:
    with Scratch() as opened:
        invented_plays.fitted(opened, catalogue())
        gold_schema.publish(opened)
        yield opened


def listed(scratch: Scratch, **asked: Any) -> dict[str, list[dict[str, Any]]]:
    answer = lists.recommend_lists(
        gold=gold_schema.listener_queries(
            scratch, "alice", Parameters(), members=frozenset({"alice", "bob"})
        ),
        summary=asked.pop("summary", FeedbackSummary()),
        now=timezone.now(),
        strategy=strategies()["transitions"],
        **asked,
    )
    return {each["kind"]: each["recommendations"] for each in answer["kinds"]}


def test_an_artist_with_many_tracks_leaves_places_to_others(scratch: Scratch) -> None:
    """More than a hundred of one artist are foremost; fifty rows are still shown."""
    rows = listed(scratch, kind="new")["new"]
    assert len(rows) == 50
    assert max(Counter(row["artist_name"] for row in rows).values()) == 2


def test_a_page_is_full_though_much_is_hidden(scratch: Scratch) -> None:
    hidden = FeedbackSummary(
        by_track={row["track_id"]: "hide" for row in listed(scratch, kind="new")["new"]}
    )
    rows = listed(scratch, kind="new", summary=hidden)["new"]
    assert len(rows) == 50
    assert not {row["track_id"] for row in rows} & {*hidden.by_track}


def test_what_is_known_is_not_new_and_can_still_be_rediscovered(scratch: Scratch) -> None:
    everything = listed(scratch, limit=150)
    known = FeedbackSummary(
        by_track={row["track_id"]: "known" for rows in everything.values() for row in rows}
    )
    left = listed(scratch, limit=150, summary=known)
    for kind in ("new", "household"):
        assert not {row["track_id"] for row in left.get(kind, [])} & {*known.by_track}
    assert [row["track_id"] for row in everything["rediscovery"]] == [
        row["track_id"] for row in left["rediscovery"][: len(everything["rediscovery"])]
    ]


def test_who_asks_for_more_of_an_artist_gets_them(scratch: Scratch) -> None:
    rows = listed(scratch, kind="new", per_artist=50)["new"]
    assert len(rows) == 50
    assert {row["artist_name"] for row in rows} == {"artist 0"}


def test_three_of_ten_seats_are_for_what_was_silent_for_long(scratch: Scratch) -> None:
    rows = listed(scratch, kind="rediscovery")["rediscovery"]
    for start in range(0, 50, 10):
        ten = [row["numbers"]["idle_days"] > 90 for row in rows[start : start + 10]]
        assert sum(ten) == 3
    assert len({row["track_id"] for row in rows}) == len(rows) == 50


def test_the_most_played_are_measured_by_the_rules_of_what_is_served(scratch: Scratch) -> None:
    ranked = list_metrics.served_most_played(scratch, Parameters())["alice"]
    served = [row["track_id"] for row in listed(scratch, kind="rediscovery")["rediscovery"]]
    assert len(ranked) == 50
    assert [int(track) >= 200 for track in ranked] == [int(track) >= 200 for track in served]


def test_seats_keep_both_orders_and_lose_nobody() -> None:
    numbers = [*range(1, 26), 101, 102, 103, 104]
    seated = reserve_seats(numbers, is_reserved=lambda number: number > 100, seats=3)
    assert seated[:10] == [1, 2, 3, 4, 5, 6, 7, 101, 102, 103]
    assert seated[10:20] == [8, 9, 10, 11, 12, 13, 14, 15, 16, 104]
    assert sorted(seated) == numbers


def test_a_ten_that_has_reserved_ones_stays_as_it_is() -> None:
    numbers = [101, 102, 103, 104, *range(1, 20)]
    assert reserve_seats(numbers, is_reserved=lambda number: number > 100, seats=3) == numbers
