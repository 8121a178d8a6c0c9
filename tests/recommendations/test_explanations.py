"""Reasons say what the numbers beside them say, and no more."""

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from recommendations import explanations, recommend
from recommendations.next_tracks import NextRequest
from recommendations.parameters import Parameters
from recommendations.queries import FollowCounts
from recommendations.scoring import Continuation, ScoreParts
from spotifyweb.accounts.models import Listener
from tests.recommendations import reference
from tests.recommendations.conftest import HEARD

AFTER = ScoreParts(by_source={"x": 0.3})


def reason(parts: ScoreParts, followed: FollowCounts | None = None, history: Any = None) -> str:
    words, _ = explanations.explain_next(
        parts,
        source_name="Song X",
        followed=followed,
        playing={"track_name": "Song Y", "artist_name": "Ada"},
        before_name="Song X",
        history=history,
        parameters=Parameters(),
    )
    return words


def heard(*away: int, hour: int = 20, before: int = 0) -> FollowCounts:
    found = FollowCounts()
    for each in (*away, *[None] * before):
        found.count(each, hour)
    return found


@pytest.mark.parametrize(
    ("followed", "expected"),
    [
        (None, "Played near Song X by others in your household"),
        (heard(), "Played near Song X by others in your household"),
        (heard(before=1), "Once played just before Song X"),
        (heard(before=4), "Played just before Song X 4 times"),
        (heard(9, before=4), "Played once shortly after Song X"),
        (heard(1, 9), "Played twice right after Song X"),
        (heard(1, 1, 9), "Often right after Song X in the evening (3 times)"),
        (heard(7, 8, 9, hour=3), "Often follows Song X at night (3 times)"),
    ],
)
def test_what_was_heard_with_it(followed: FollowCounts | None, expected: str) -> None:
    assert reason(AFTER, followed) == expected


def test_the_artist_and_what_is_present() -> None:
    assert (
        reason(ScoreParts(artist_share=0.75)) == "By Ada: 75% of your plays of Ada are this track"
    )
    present = reason(ScoreParts(activation=1.0), history={"plays": 1, "distinct_days": 1})
    assert present == "One of your most played lately: 1 play on 1 day"


def test_the_order_of_plays_is_told_with_its_count() -> None:
    order = Continuation(pair=1, pair_times=4, similar_times=2, direct_times=1)
    parts = ScoreParts(continuation=order, order=0.5, by_source={"x": 0.3})
    assert reason(parts, heard(1)) == ("After Song X and then Song Y you went on with this 4 times")
    parts = ScoreParts(continuation=order, similar=0.5)
    assert reason(parts) == "Played 2 times after Song Y in sessions like this"
    parts = ScoreParts(continuation=order, repeat=0.5)
    assert reason(parts) == "Played once right after Song Y, not long ago"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (
            {"released_on": date(2026, 2, 9), "artist_plays": 12, "album_tracks_played": 3},
            "Released on 9 Feb 2026 by Ada, whom you played 12 times",
        ),
        (
            {"released_on": date(2026, 2, 9), "artist_plays": 1},
            "Released on 9 Feb 2026 by Ada, whom you played once",
        ),
        (
            {"album_tracks_played": 3, "album_tracks": 9},
            "You played 3 of the 9 tracks on Blue, but never this one",
        ),
        (
            {"album_tracks_played": 3, "album_tracks": 9, "album_name": None},
            "You played Ada 12 times, but never this track",
        ),
        ({"kind": "second_chance", "starts": 1}, "Skipped once, never played"),
        (
            {"kind": "rediscovery", "distinct_days": 1320, "idle_days": 729.5},
            "Played on 1,320 days, last 729 days ago",
        ),
        (
            {"kind": "rediscovery", "distinct_days": 1, "idle_days": 1804},
            "Played on 1 day, last 4 years ago",
        ),
        (
            {"kind": "second_chance", "starts": 2, "liked_at": date(2026, 2, 9)},
            "Saved on 9 Feb 2026, not played yet",
        ),
    ],
)
def test_why_it_stands_in_a_list(known: dict[str, Any], expected: str) -> None:
    row: dict[str, Any] = dict.fromkeys(explanations.NUMBER_FIELDS)
    row |= {"kind": "new", "artist_name": "Ada", "artist_plays": 12, "album_name": "Blue"}
    row["artist_plays_last_30_days"] = 0
    words, numbers = explanations.explain_list(row | known)
    assert words == expected
    assert {name: numbers[name] for name in known if known[name] and name in numbers} == {
        name: value for name, value in known.items() if name in numbers
    }


def test_no_more_often_than_it_was_played(warehouse: Path, alice: Listener) -> None:
    """Neighbours are pairs, and a loop makes many of them; a listener counts plays."""
    playing = recommend.queries_for("alice").last_plays()[0]["track_id"]
    question = NextRequest(track_id=playing, limit=50, numbers=True, per_artist=50)
    rows = recommend.next_answer(question, alice, now=timezone.now())["recommendations"]
    counted = [row["numbers"] for row in rows if "times" in row["numbers"]]
    assert any(numbers["before"] for numbers in counted)
    for numbers in counted:
        assert numbers["times"] + numbers["before"] <= numbers.get("plays", 0)


def test_counts_of_the_order_are_those_of_the_plays(warehouse: Path, alice: Listener) -> None:
    """Every pair that alice heard twice or more: the plays after it, counted by hand."""
    sessions = reference.sessions(reference.in_order(HEARD)["alice"])
    names = [[play.track_id for play in session] for session in sessions]
    pairs = Counter(pair for session in names for pair in pairwise(session) if len({*pair}) == 2)
    told = 0
    for (before, playing), _ in pairs.most_common(5):
        asked = NextRequest(track_id=playing, context=(before,), limit=50, numbers=True)
        for row in recommend.next_answer(asked, alice, now=timezone.now())["recommendations"]:
            after = [
                session[place + 1 : place + 21]
                for session in names
                for place in range(1, len(session))
                if session[place - 1 : place + 1] == [before, playing]
            ]
            times = sum(row["track_id"] in tracks for tracks in after)
            assert row["numbers"].get("after_both", 0) == times
            told += f"you went on with this {times} times" in row["reason"]
    assert told > 3
