"""What a listener parts stays apart, until they take it back; nothing needs to land for either."""

import shutil
from datetime import timedelta

import pytest

from bench.harness.lakehouse import Lakehouse
from tests.dbt import listening
from tests.dbt.test_models import TABLES, assert_told, listens_of, rows_of

pytestmark = pytest.mark.long  # two more builds

TAKEN_BACK = listening.SECOND_BUILD + timedelta(hours=1)
DECIDED_AGAIN = TAKEN_BACK + timedelta(hours=1)
LISTENING = [f"path:models/{layer}/*.sql" for layer in ("bronze", "silver", "gold")]


@pytest.fixture(scope="module")
def again(house: Lakehouse, tmp_path_factory: pytest.TempPathFactory) -> Lakehouse:
    """Upon `anew`: `merged` without any decision, and `parted` with all of them once more."""
    folder = tmp_path_factory.mktemp("again") / "house"
    shutil.copytree(house.folder, folder)
    copy = Lakehouse(folder=folder, landed=house.landed, rows=dict(house.rows))
    copy.snapshot("separations", [])
    copy.build("merged", now=TAKEN_BACK, select=LISTENING)
    copy.snapshot("separations", house.rows["separations"])
    copy.build("parted", now=DECIDED_AGAIN, select=LISTENING)
    return copy


def test_what_was_taken_back_is_one_play_again(house: Lakehouse, again: Lakehouse) -> None:
    merged = Lakehouse(folder=again.folder, rows={**again.rows, "separations": []})
    assert_told(merged, "merged", listens_of(merged))
    apart, together = (
        rows_of(again, build, "silver.silver_listens") for build in ("anew", "merged")
    )
    assert len(apart) > len(together) > 0
    assert len(listens_of(again)) == len(apart)


@pytest.mark.parametrize("table", TABLES)
def test_deciding_again_restores_everything_exactly(again: Lakehouse, table: str) -> None:
    assert rows_of(again, "parted", table) == rows_of(again, "anew", table)


def test_each_number_changes_with_the_plays(again: Lakehouse) -> None:
    for table in (
        "daily_listening_by_device",
        "user_track_daily",
        "listening_hours",
        "user_tracks",
    ):
        sql = f"select user_id, sum(plays + skips) as listens from gold.{table} group by all"
        counted = "select user_id, count(*) as listens from silver.silver_listens group by all"
        for build in ("merged", "parted"):
            told, listens = (
                {row["user_id"]: row["listens"] for row in again.table(build, each)}
                for each in (sql, counted)
            )
            assert told == listens


def test_only_who_decided_is_computed_anew(again: Lakehouse) -> None:
    """Theo decided nothing, nor did the listeners of single cases."""
    rows = again.table("parted", "select user_id, changed_at from silver.silver_histories")
    decided = {str(row["user_id"]) for row in again.rows["separations"]}
    assert {"kavya", "howard", "john"} <= decided
    assert "theo" not in decided
    assert {row["user_id"]: row["changed_at"] for row in rows} == {
        row["user_id"]: DECIDED_AGAIN if row["user_id"] in decided else listening.SECOND_BUILD
        for row in rows
    }
