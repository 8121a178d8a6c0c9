"""The recommendation models, built by dbt: grown bit by bit as built anew."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest
import yaml

from bench.harness.lakehouse import Lakehouse
from recommendations.evaluation import sql_models
from recommendations.parameters import Parameters
from spotifyweb.monitoring.upgrade import PROJECT
from tests.dbt.mission_queries import EMPTY, QUERIES

TRANSITIONS = """
select user_id, sources.track_id as source, targets.track_id as target, strength, source_plays
from gold.transitions
join gold.listener_numbers using (listener_no)
join gold.track_numbers as sources on sources.track_no = source_no
join gold.track_numbers as targets on targets.track_no = target_no
"""
HOUSE = """
select sources.track_id as source, targets.track_id as target, strength, source_plays
from gold.household_transitions
join gold.track_numbers as sources on sources.track_no = source_no
join gold.track_numbers as targets on targets.track_no = target_no
"""


def strengths(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[float, int]]:
    return {
        (row.get("user_id"), row["source"], row["target"]): (row["strength"], row["source_plays"])
        for row in rows
    }


@pytest.mark.parametrize("sql", [TRANSITIONS, HOUSE], ids=["own", "house"])
def test_transitions_grown_by_ingestion_are_those_built_anew(house: Lakehouse, sql: str) -> None:
    grown, anew = (strengths(house.table(build, sql)) for build in ("later", "anew"))
    assert len(grown) > 100
    assert grown.keys() == anew.keys()
    for pair, (strength, plays) in anew.items():
        assert grown[pair][0] == pytest.approx(strength, rel=1e-9)
        assert grown[pair][1] == plays


@pytest.mark.parametrize(
    "table", ["activation", "artist_affinity", "track_cooccurrence", "recommendation_lists"]
)
def test_every_other_model_too(house: Lakehouse, table: str) -> None:
    numbers = ", listener_no, track_no" if table == "activation" else ""
    rank = "affinity_rank" if table == "artist_affinity" else "rank"
    sql = f"select * exclude ({rank}{numbers}) from gold.{table}"
    grown, anew = (rounded(house.table(build, sql)) for build in ("later", "anew"))
    assert grown == anew
    assert grown


def rounded(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(
        repr([f"{value:.9g}" if isinstance(value, float) else value for value in row.values()])
        for row in rows
    )


def test_numbers_are_kept_from_build_to_build(house: Lakehouse) -> None:
    sql = "select track_id, track_no from gold.track_numbers"
    first, later = (
        {r["track_id"]: r["track_no"] for r in house.table(b, sql)} for b in ("first", "later")
    )
    assert first.items() <= later.items()


def test_what_was_played_is_never_new_and_there_is_something_for_everybody(
    house: Lakehouse,
) -> None:
    rows = house.table("later", "select * from gold.recommendation_lists")
    played = house.table("later", "select distinct user_id, track_id from silver.silver_plays")
    known = {(row["user_id"], row["track_id"]) for row in played}
    new = {(row["user_id"], row["track_id"]) for row in rows if row["kind"] != "rediscovery"}
    assert not known & new
    assert {row["user_id"] for row in rows} == {row["user_id"] for row in played}


def is_left_out(listen: dict[str, Any]) -> bool:
    """By the rules of the second build."""
    rules: dict[str, bool] = {
        "howard": listen["artist_name"] == "Artist 4",
        "theo": listen["local_at"].hour >= 20 or listen["local_at"].hour < 1,
        "john": listen["device_type"] == "Computer",
        "kavya": listen["track_name"] == "Song 5",
    }
    return rules.get(listen["user_id"], False)


def test_what_a_rule_leaves_out_is_no_evidence(house: Lakehouse) -> None:
    music = "select * from silver.silver_listens where content_type = 'track'"
    listens = house.table("later", music)
    counted = house.table("later", "select event_id from gold.eligible_listens")
    left = {listen["event_id"] for listen in listens if not is_left_out(listen)}
    assert {row["event_id"] for row in counted} == left
    assert len(left) < len(listens)
    sql = "select user_id, count(*) as plays from gold.play_sequence"
    found = house.table("later", f"{sql} join gold.listener_numbers using (listener_no) group by 1")
    plays = [listen for listen in listens if listen["event_type"] == "play"]
    assert {row["user_id"]: row["plays"] for row in found} == Counter(
        play["user_id"] for play in plays if not is_left_out(play)
    )


def test_an_excluded_artist_is_not_recommended(house: Lakehouse) -> None:
    rows = house.table("later", "select * from gold.recommendation_lists")
    assert not [
        row for row in rows if (row["user_id"], row["artist_name"]) == ("howard", "Artist 4")
    ]
    assert [row for row in rows if row["artist_name"] == "Artist 4"]


def test_only_who_joined_the_house_gives_to_it_and_hears_of_it(house: Lakehouse) -> None:
    rows = house.table("later", "select * from gold.recommendation_lists where kind = 'household'")
    assert {row["user_id"] for row in rows} <= {"kavya", "john", "theo"}
    sources = {row["source"] for row in house.table("later", HOUSE)}
    theirs = "select source from ({}) where user_id in ('kavya', 'john', 'theo')"
    assert sources == {row["source"] for row in house.table("later", theirs.format(TRANSITIONS))}


@pytest.mark.parametrize("name", [*QUERIES])
def test_a_person_s_queries_have_rows(house: Lakehouse, name: str) -> None:
    assert house.table("later", QUERIES[name].format(user_id="kavya"))


def test_relations_over_empty_prefixes_can_be_asked(house: Lakehouse) -> None:
    for sql in EMPTY:
        house.table("later", sql)


def test_dbt_and_the_evaluation_have_the_same_parameters() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    said = project["vars"]["recommendations"]
    assert said == {name: asdict(Parameters())[name] for name in said}


def test_the_evaluation_knows_every_model() -> None:
    assert set(sql_models.MODELS) == set(sql_models.ORDER)
