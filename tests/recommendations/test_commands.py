"""`show_recommendations`, over a published build."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from spotifyweb import clients
from spotifyweb.accounts.models import Listener

pytestmark = pytest.mark.django_db

COLUMNS = {
    "recommendation_rank",
    "track_id",
    "track_name",
    "artist_name",
    "recommendation_score",
    "cooccurrence_score",
    "artist_score",
    "num_source_tracks",
    "recommendation_reason",
    "generated_at",
}


def show(*arguments: str) -> str:
    out = StringIO()
    call_command("show_recommendations", *arguments, stdout=out)
    return out.getvalue()


def test_a_listeners_top_are_the_tables_rows_with_a_time_in_utc(
    warehouse: Path, alice: Listener
) -> None:
    answer = json.loads(show("alice", "--limit", "3", "--json"))
    assert answer["user_id"] == "alice"
    rows = answer["recommendations"]
    assert [row["recommendation_rank"] for row in rows] == [1, 2, 3]
    assert all(set(row) == COLUMNS for row in rows)
    assert rows[0]["generated_at"].endswith("+00:00")
    table = clients.warehouse().rows(
        "select track_id, recommendation_score from gold.track_recommendations"
        " where user_id = 'alice' order by recommendation_rank limit 3"
    )
    assert [row["track_id"] for row in rows] == [row["track_id"] for row in table]
    assert [row["recommendation_score"] for row in rows] == [
        row["recommendation_score"] for row in table
    ]


def test_who_has_no_recommendations_is_shown_none(warehouse: Path, charlie: Listener) -> None:
    assert show("charlie").strip() == "No recommendations yet."
    assert json.loads(show("charlie", "--json"))["recommendations"] == []


def test_an_unknown_listener_is_refused(warehouse: Path) -> None:
    with pytest.raises(CommandError, match="no listener with the id nobody"):
        show("nobody")


def test_without_a_build_the_command_says_so(no_warehouse: None, alice: Listener) -> None:
    with pytest.raises(CommandError, match="published"):
        show("alice")
