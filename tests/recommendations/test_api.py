"""The API's answers: shape, errors, and whose data they are."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client

from recommendations.models import Feedback
from spotifyweb import clients, recent_listens
from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import ApiToken, Listener
from spotifyweb.privacy import registry
from tests.recommendations.invented_plays import track_id

PLAYING = track_id(58)
URL = f"/api/v1/recommendations/{PLAYING}"


def get(listener: Listener, url: str = URL, **params: Any) -> Any:
    client = Client()
    client.force_login(listener)
    return client.get(url, params)


def answered(listener: Listener, url: str = URL, **params: Any) -> dict[str, Any]:
    response = get(listener, url, **params)
    assert response.status_code == 200, response.content
    return dict(response.json())


def token(listener: Listener, *scopes: str) -> dict[str, str]:
    made = api_tokens.create(listener, name="t", scopes=scopes, now=datetime.now(UTC))
    return {"Authorization": f"Bearer {made}"}


def test_the_answer_has_the_shape_of_the_mission(warehouse: Path, alice: Listener) -> None:
    answer = answered(alice)
    assert set(answer) == {
        "track_id",
        "track_name",
        "artist_name",
        "recommendations",
        "strategy",
        "generated_at",
        "built_at",
        "cache_hit",
    }
    build = clients.warehouse().published()
    assert build is not None
    assert answer["strategy"] == "transitions"
    assert datetime.fromisoformat(answer["built_at"]) == build.published_at.replace(microsecond=0)
    assert (answer["track_name"], answer["artist_name"]) == ("Song 58", "artist 8")
    assert len(answer["recommendations"]) == 10
    assert set(answer["recommendations"][0]) == {
        "track_id",
        "track_name",
        "artist_name",
        "recommendation_score",
        "reason",
        "cooccurrence_score",
        "artist_affinity",
        "image_url",
        "thumbnail_url",
    }
    scores = [row["recommendation_score"] for row in answer["recommendations"]]
    assert scores == sorted(scores, reverse=True)
    assert PLAYING not in {row["track_id"] for row in answer["recommendations"]}


def test_at_most_two_of_an_artist_unless_asked_for_more(warehouse: Path, alice: Listener) -> None:
    """The artist who plays is not limited."""
    answer = answered(alice, limit=20)
    counts = Counter(row["artist_name"] for row in answer["recommendations"])
    assert counts.pop(answer["artist_name"]) > 2
    assert max(counts.values()) == 2
    answer = answered(alice, limit=20, per_artist=20)
    counts = Counter(row["artist_name"] for row in answer["recommendations"])
    counts.pop(answer["artist_name"])
    assert max(counts.values()) > 2


def test_numbers_stand_behind_each_reason(warehouse: Path, alice: Listener) -> None:
    for row in answered(alice, numbers="true")["recommendations"]:
        numbers = row["numbers"]
        if "times)" in row["reason"]:
            assert f"({numbers['times']} times)" in row["reason"]
        assert numbers["transition"] >= 0


def test_the_context_changes_the_answer(warehouse: Path, alice: Listener) -> None:
    alone = answered(alice)["recommendations"]
    other = answered(alice, context=f"{track_id(3)},{track_id(4)}")["recommendations"]
    assert [row["track_id"] for row in alone] != [row["track_id"] for row in other]


def test_the_live_session_is_context_too(warehouse: Path, alice: Listener) -> None:
    before = answered(alice)
    ended = datetime.now(UTC) - timedelta(minutes=1)
    for number in (3, 4):
        row = {"track_id": track_id(number), "played_at": ended.isoformat()}
        clients.redis_client().lpush(recent_listens.list_key("alice"), orjson.dumps(row))
    now = answered(alice)
    assert now["cache_hit"] is False
    by_hand = answered(alice, context=f"{track_id(4)},{track_id(3)}")
    assert now["recommendations"] == by_hand["recommendations"]
    assert now["recommendations"] != before["recommendations"]


def test_the_baseline_is_there_by_name(warehouse: Path, alice: Listener) -> None:
    rows = answered(alice, strategy="cooccurrence")["recommendations"]
    assert rows
    for row in rows:
        expected = 70 * row["cooccurrence_score"] + 0.3 * row["artist_affinity"]
        assert row["recommendation_score"] == pytest.approx(expected, abs=0.02)


def test_charlie_sees_nothing(warehouse: Path, charlie: Listener) -> None:
    answer = answered(charlie)
    assert "you" not in " ".join(row["reason"].lower() for row in answer["recommendations"])
    lists = answered(charlie, "/api/v1/recommendations")
    assert lists["kinds"] == []
    assert "Import your history" in lists["note"]


def test_nobody_gets_anothers_cached_answer(
    warehouse: Path, alice: Listener, bob: Listener
) -> None:
    first = answered(alice)
    assert answered(alice)["cache_hit"] is True
    other = answered(bob)
    assert other["cache_hit"] is False
    assert other["recommendations"] != first["recommendations"]


def test_an_unknown_track_falls_back_on_what_is_present(warehouse: Path, alice: Listener) -> None:
    answer = answered(alice, f"/api/v1/recommendations/{'Z' * 22}")
    assert answer["track_name"] is None
    assert len(answer["recommendations"]) == 10
    assert "No data on this track" in answer["note"]


def test_an_unknown_track_of_an_unknown_listener_says_why(
    warehouse: Path, charlie: Listener
) -> None:
    answer = answered(charlie, f"/api/v1/recommendations/{'Z' * 22}")
    assert answer["recommendations"] == []
    assert "No data on this track" in answer["note"]


@pytest.mark.parametrize("wrong", ["abc", "z" * 23, "name:xyz", "4uLU6hMCjMI75M1A2tKUQ%00"])
def test_a_malformed_id_is_refused_with_the_shape_of_one(alice: Listener, wrong: str) -> None:
    response = get(alice, f"/api/v1/recommendations/{wrong}")
    assert response.status_code == 400
    assert "22 letters and digits" in response.json()["detail"]


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 51}, {"strategy": "magic"}, {"context": "x"}]
)
def test_a_wrong_question_is_refused(alice: Listener, params: dict[str, Any]) -> None:
    assert get(alice, **params).status_code == 400


def test_before_the_first_build(no_warehouse: None, alice: Listener) -> None:
    response = get(alice)
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert "manage.py transform" in response.json()["detail"]


def test_nobody_is_answered_without_login(db: None) -> None:
    assert Client().get(URL).status_code == 401


def test_a_token_needs_its_scope(warehouse: Path, alice: Listener) -> None:
    good = token(alice, ApiToken.Scope.RECOMMENDATIONS)
    assert Client().get(URL, headers=good).status_code == 200
    other = token(alice, ApiToken.Scope.STATS)
    assert Client().get(URL, headers=other).status_code == 403
    assert Client().post(URL + "/feedback", {"verdict": "up"}, headers=good).status_code == 403


def test_lists_of_four_kinds_share_the_fifty(warehouse: Path, alice: Listener) -> None:
    kinds = {each["kind"]: each for each in answered(alice, "/api/v1/recommendations")["kinds"]}
    assert set(kinds) == {"household", "new", "second_chance", "rediscovery"}
    assert sum(len(each["recommendations"]) for each in kinds.values()) <= 50
    reasons = {name: each["recommendations"][0]["reason"] for name, each in kinds.items()}
    assert "in your household" in reasons["household"]
    assert "Played on" in reasons["rediscovery"]
    assert reasons["second_chance"] == "Skipped once, never played"
    new = {row["track_id"] for row in kinds["new"]["recommendations"]}
    assert track_id(900) not in new


def test_hidden_is_gone_until_it_may_return(warehouse: Path, alice: Listener) -> None:
    first = answered(alice)["recommendations"][0]["track_id"]
    client = Client()
    client.force_login(alice)
    url = f"/api/v1/recommendations/{first}/feedback"
    response = client.post(url, {"verdict": "hide", "days": 30}, content_type="application/json")
    assert response.status_code == 200, response.content
    answer = answered(alice)
    assert answer["cache_hit"] is False
    assert first not in {row["track_id"] for row in answer["recommendations"]}
    assert clients.event_log().lag("user_feedback") == 1
    Feedback.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert first in {row["track_id"] for row in answered(alice, limit=11)["recommendations"]}
    assert client.delete(url).status_code == 204
    assert not Feedback.objects.exists()


def test_thumbs_turn_the_score(warehouse: Path, alice: Listener) -> None:
    rows = answered(alice)["recommendations"]
    client = Client()
    client.force_login(alice)
    for row, kind in ((rows[4], "up"), (rows[0], "down")):
        url = f"/api/v1/recommendations/{row['track_id']}/feedback"
        client.post(url, {"verdict": kind}, content_type="application/json")
    again = answered(alice)["recommendations"]
    assert {row["track_id"]: row["verdict"] for row in again if "verdict" in row} in (
        {rows[4]["track_id"]: "up"},
        {rows[4]["track_id"]: "up", rows[0]["track_id"]: "down"},  # where it is shown at all
    )
    scores = {row["track_id"]: row["recommendation_score"] for row in again}
    assert scores[rows[4]["track_id"]] > rows[4]["recommendation_score"]
    assert scores.get(rows[0]["track_id"], 0) < rows[0]["recommendation_score"]


def test_unknown_feedback_is_refused(warehouse: Path, alice: Listener) -> None:
    client = Client()
    client.force_login(alice)
    assert client.post(URL + "/feedback", {"verdict": "meh"}).status_code == 400


def test_an_old_import_keeps_its_transitions(warehouse: Path, alice: Listener) -> None:
    """Her last play is long ago: nothing was heard since, so nothing has faded since."""
    rows = answered(alice, numbers="true", limit=20)["recommendations"]
    assert any("after" in row["reason"] for row in rows)
    assert max(row["numbers"]["transition"] for row in rows) > 0.05


def test_nothing_is_stored_of_a_forgotten_listener(warehouse: Path, alice: Listener) -> None:
    answered(alice)
    answered(alice, "/api/v1/recommendations")
    counts = registry.erase_all("alice", alice, ())
    assert counts["stored recommendations"] == 4  # two answers, two sessions
    assert not list(clients.redis_client().scan_iter("rec:*"))


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_short_address_answers_alike(warehouse: Path, alice: Listener, slash: str) -> None:
    short = f"/recommendations/{track_id(1)}{slash}"
    assert Client().get(short).status_code in {401, 403}
    ours = answered(alice, short)
    api = answered(alice, f"/api/v1/recommendations/{track_id(1)}")
    varying = {"generated_at", "cache_hit"}
    assert {k: v for k, v in ours.items() if k not in varying} == {
        k: v for k, v in api.items() if k not in varying
    }


def test_the_former_name_of_the_household_s_kind_is_accepted(
    warehouse: Path, alice: Listener
) -> None:
    former = answered(alice, "/api/v1/recommendations?kind=house")
    assert [each["kind"] for each in former["kinds"]] == ["household"]
