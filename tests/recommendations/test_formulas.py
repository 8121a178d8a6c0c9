"""The SQL and a plain Python reference give the same answers."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from recommendations.evaluation.cases import Case
from recommendations.evaluation.contenders import ServedStrategy
from recommendations.parameters import Parameters
from spotifyweb.warehouse.scratch import Scratch
from tests.recommendations import invented_plays, reference
from tests.recommendations.invented_plays import AS_OF, plays, track_id

HOUSE = plays("alice", sessions=90) + plays("bob", sessions=70, tracks=90)
HEARD = HOUSE + plays("charlie", sessions=40, tracks=120)
MEMBERS = {"alice", "bob"}  # charlie listens here and did not join the house
ALICE = [play for play in HEARD if play.user_id == "alice"]


@pytest.fixture(scope="module")
def scratch() -> Iterator[Scratch]:
    with Scratch() as opened:
        invented_plays.fitted(opened, HEARD, members=MEMBERS)
        yield opened


@pytest.fixture(scope="module")
def house() -> reference.House:
    return reference.House(HEARD, AS_OF, MEMBERS)


@pytest.mark.slow
def test_a_hundred_random_answers_agree(scratch: Scratch, house: reference.House) -> None:
    ours = ServedStrategy(Parameters())
    ours.fit(scratch, AS_OF)
    chance = random.Random(4)
    for _ in range(100):
        case = a_case(chance, house)
        best = best_scores(case, house)
        for track, expected in zip(ours.answers([case])[0][1], best, strict=False):
            score = house.next_score(case.user_id, [*case.session], track, case.playing_at)
            assert score == pytest.approx(expected, rel=1e-9)


def a_case(chance: random.Random, house: reference.House) -> Case:
    """Any moment of any session, as if it were repeated after the build."""
    user_id = chance.choice(["alice", "bob", "charlie"])
    session = chance.choice(
        [each for each in reference.sessions(house.plays[user_id]) if len(each) > 1]
    )
    place = chance.randrange(1, len(session))
    tracks = [play.track_id for play in session[:place]]
    repeated = chance.choice([[], tracks[-1:], tracks[:1]])
    asked_at = AS_OF + timedelta(days=chance.choice([0, 0.5, 9]))
    return Case(
        user_id=user_id,
        following=(session[place].track_id,),
        session=(tracks[-1], *repeated, *reversed(tracks[:-1])),
        began_at=asked_at,
        playing_at=asked_at,
        played_at=asked_at,
    )


def best_scores(case: Case, house: reference.House) -> list[float]:
    """The ten best scores over every track there is."""
    scores = (
        house.next_score(case.user_id, [*case.session], track, case.playing_at)
        for track in house.artist
        if track != case.playing
    )
    return sorted(scores, reverse=True)[:10]


def test_affinity(scratch: Scratch) -> None:
    rows = scratch.rows("select * from artist_affinity where user_id = 'alice'")
    assert {row["artist_name"]: row["affinity_score"] for row in rows} == pytest.approx(
        reference.affinity(ALICE, AS_OF)
    )


def test_cooccurrence_of_one_listener_and_of_everybody(scratch: Scratch) -> None:
    for user_id, heard in (("alice", ALICE), ("*", HOUSE)):
        expected = reference.cooccurrence(heard)
        rows = scratch.rows("select * from track_cooccurrence where user_id = ?", [user_id])
        assert rows
        for row in rows:
            assert row["cooccurrence_score"] == pytest.approx(
                expected[row["track_a"], row["track_b"]]
            )


def test_both_directions_are_there(scratch: Scratch) -> None:
    rows = scratch.rows("select track_a, track_b from track_cooccurrence where user_id = '*'")
    assert any(row["track_a"] > row["track_b"] for row in rows)
    assert any(row["track_a"] < row["track_b"] for row in rows)


def test_rediscovery(scratch: Scratch) -> None:
    expected = reference.rediscovery(ALICE, AS_OF)
    rows = scratch.rows(
        "select * from recommendation_lists where user_id = 'alice' and kind = 'rediscovery' "
        "and strategy = 'transitions'"
    )
    found = {row["track_id"]: row["score"] for row in rows}
    assert found == pytest.approx({track: expected[track] for track in found})
    foremost = sorted(expected, key=lambda track: -expected[track])[:50]
    assert set(foremost) <= set(found)


def test_the_household_gives_nothing_to_who_did_not_join(scratch: Scratch) -> None:
    """Charlie hears of nobody's tracks, nobody hears of charlie's; alice and bob do."""
    sql = "select user_id, track_id, kind from recommendation_lists where kind <> 'rediscovery'"
    rows = scratch.rows(sql)
    only = {play.track_id for play in HEARD if play.user_id == "charlie"}
    only -= {play.track_id for play in HOUSE}
    assert only
    assert not [row for row in rows if row["user_id"] == "charlie" or row["track_id"] in only]
    assert {row["user_id"] for row in rows if row["kind"] == "household"} <= MEMBERS
    assert {row["user_id"] for row in rows} == {"alice"}  # bob played all that alice did


def test_nothing_that_was_played_is_new(scratch: Scratch) -> None:
    rows = scratch.rows("select * from recommendation_lists where kind <> 'rediscovery'")
    played = {(play.user_id, play.track_id) for play in HEARD}
    assert rows
    assert not {(row["user_id"], row["track_id"]) for row in rows} & played


def test_track_recommendations_are_those_counted_in_python(scratch: Scratch) -> None:
    rows = scratch.rows("select * from track_recommendations order by user_id, recommendation_rank")
    found: dict[str, list[tuple[str, float, float, int]]] = {}
    for row in rows:
        scores = row["recommendation_score"], row["cooccurrence_score"]
        found.setdefault(row["user_id"], []).append(
            (row["track_id"], *scores, row["num_source_tracks"])
        )
    expected = {
        member: reference.recommendations(HEARD, member, members=MEMBERS, as_of=AS_OF)
        for member in MEMBERS
    }
    expected = {member: made for member, made in expected.items() if made}
    assert found.keys() == expected.keys()
    for member, made in expected.items():
        assert [row[0] for row in found[member]] == [row[0] for row in made]
        for ours, theirs in zip(found[member], made, strict=True):
            assert ours[1:] == pytest.approx(theirs[1:])
    assert all(row["recommendation_reason"] for row in rows)


def test_a_start_left_early_gets_a_second_chance() -> None:
    left = reference.Heard(
        "alice",
        track_id(900),
        "nobody",
        AS_OF - timedelta(days=1),
        AS_OF - timedelta(days=1, seconds=-9),
    )
    with Scratch() as alone:
        invented_plays.fitted(alone, ALICE, [left])
        rows = alone.rows(
            "select * from recommendation_lists"
            " where strategy = 'transitions' and kind = 'second_chance'"
        )
    assert [row["track_id"] for row in rows] == [track_id(900)]
    assert rows[0]["score"] > 0
