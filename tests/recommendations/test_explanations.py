"""Reasons say what the numbers beside them say, and no more."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from recommendations import explanations, recommend
from recommendations.next_tracks import NextRequest
from recommendations.queries import FollowCounts
from recommendations.scoring import ScoreParts
from spotifyweb.accounts.models import Listener

AFTER = ScoreParts(by_source={"x": 0.3})


def reason(parts: ScoreParts, followed: FollowCounts | None = None, history: Any = None) -> str:
    words, _ = explanations.explain_next(
        parts,
        source_name="Song X",
        followed=followed,
        artist_name="Ada",
        history=history,
        weights=(0.2, 0.02),
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


def test_no_more_often_than_it_was_played(warehouse: Path, alice: Listener) -> None:
    """Neighbours are pairs, and a loop makes many of them; a listener counts plays."""
    playing = recommend.queries_for("alice").last_plays()[0]["track_id"]
    question = NextRequest(track_id=playing, limit=50, numbers=True, per_artist=50)
    rows = recommend.next_answer(question, alice, now=timezone.now())["recommendations"]
    counted = [row["numbers"] for row in rows if "times" in row["numbers"]]
    assert any(numbers["before"] for numbers in counted)
    for numbers in counted:
        assert numbers["times"] + numbers["before"] <= numbers.get("plays", 0)
