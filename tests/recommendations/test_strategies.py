"""Strategies by name: a third one that settings name is served like the two that are there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings

from recommendations import serializers
from recommendations.strategies import default_strategy, strategies
from recommendations.strategies.base import Explanations, Question, Strategy
from spotifyweb.accounts.models import Listener
from spotifyweb.warehouse import Row
from tests.recommendations.invented_plays import track_id

URL = "/api/v1/recommendations"


@dataclass(frozen=True)
class AlphabeticCandidates:
    tracks: Mapping[str, Row]

    def scores(self) -> Iterator[tuple[str, float]]:
        for position, track in enumerate(sorted(self.tracks)):
            yield track, 1 / (position + 1)

    def explain(self, track_ids: Sequence[str]) -> Explanations:
        return {track: ("By the alphabet", {"letters": len(track)}) for track in track_ids}


class Alphabetic:
    """Heard with the playing track, in the order of their ids; lists backwards."""

    name = "alphabetic"
    label = "From A to Z"
    list_strategy = "transitions"

    def candidates(self, question: Question) -> AlphabeticCandidates:
        return AlphabeticCandidates(tracks=question.pairs)

    def list_scores(self, rows: Sequence[Row]) -> list[float]:
        return [100.0 * position / len(rows) for position, _ in enumerate(rows)]


@pytest.fixture
def third() -> Iterator[None]:
    path = f"{__name__}.{Alphabetic.__name__}"
    with override_settings(RECOMMENDATION_STRATEGIES=[*settings.RECOMMENDATION_STRATEGIES, path]):
        yield


def logged_in(listener: Listener) -> Client:
    client = Client()
    client.force_login(listener)
    return client


def test_the_first_that_settings_name_is_the_default() -> None:
    assert [*strategies()] == ["transitions", "cooccurrence"]
    assert default_strategy() == "transitions"
    query = serializers.NextQuery(data={})
    assert query.is_valid()
    assert query.validated_data["strategy"] == "transitions"


def test_a_third_strategy_is_a_choice_of_the_api(third: None) -> None:
    for query in (serializers.NextQuery, serializers.ListsQuery):
        assert query(data={"strategy": "alphabetic"}).is_valid()
    assert not serializers.NextQuery(data={"strategy": "magic"}).is_valid()
    made: Strategy = strategies()["alphabetic"]
    assert made.label == "From A to Z"


def test_without_the_setting_its_name_is_refused() -> None:
    assert not serializers.NextQuery(data={"strategy": "alphabetic"}).is_valid()


def test_a_third_strategy_says_what_comes_next(
    third: None, warehouse: Path, alice: Listener
) -> None:
    query = {"strategy": "alphabetic", "numbers": "true", "per_artist": "50"}
    rows = logged_in(alice).get(f"{URL}/{track_id(1)}", query).json()["recommendations"]
    ids = [row["track_id"] for row in rows]
    assert ids
    assert ids == sorted(ids)
    assert [row["recommendation_score"] for row in rows[:2]] == [100, 50]
    assert {row["reason"] for row in rows} == {"By the alphabet"}
    assert rows[0]["numbers"] == {"letters": len(ids[0])}


def test_a_third_strategy_orders_lists_and_is_on_the_page(
    third: None, warehouse: Path, alice: Listener
) -> None:
    client = logged_in(alice)
    everything = {"kind": "rediscovery", "per_artist": "50", "limit": "150"}
    theirs, ours = (
        [row["track_id"] for row in kinds[0]["recommendations"]]
        for kinds in (
            client.get(URL, {"strategy": name, **everything}).json()["kinds"]
            for name in ("alphabetic", "transitions")
        )
    )
    assert len(ours) > 2
    assert theirs[0] == ours[-1]
    assert set(theirs) == set(ours)
    page = client.get("/recommendations/", {"strategy": "alphabetic"}).content.decode()
    assert "From A to Z" in page
    assert "By the alphabet" in page
