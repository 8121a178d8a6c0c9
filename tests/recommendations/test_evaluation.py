"""The evaluation learns from the past only, and says what it found."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from recommendations.evaluation import (
    cases,
    history,
    implicit_baseline,
    list_metrics,
    runner,
    sql_models,
)
from recommendations.evaluation.contenders import Baseline, MostPlayed, ServedStrategy
from recommendations.models import Evaluation
from recommendations.parameters import Parameters
from recommendations.queries.statements import sql_ids
from spotifyweb.warehouse.scratch import Scratch
from tests.recommendations import invented_plays
from tests.recommendations.invented_plays import AS_OF, REAL
from tests.recommendations.reference import Heard

PAST = invented_plays.plays("alice", sessions=60) + invented_plays.plays("bob", sessions=40)


def answers_at(cut_days: int, heard: list[Heard]) -> list[Any]:
    """What every contender says at a cut, of cases before it, and the lists of that moment."""
    cut = AS_OF - timedelta(days=cut_days)
    with Scratch() as scratch:
        invented_plays.load(scratch, heard)
        history.load_sessions(scratch, ["alice", "bob"])
        asked = [
            case
            for case in cases.cases(scratch, since=cut - timedelta(days=9))
            if case.played_at < cut
        ]
        history.cut_at(scratch, cut)
        sql_models.build(scratch, as_of=cut, parameters=Parameters())
        said: list[Any] = [len(asked)]
        for contender in (
            ServedStrategy(Parameters()),
            ServedStrategy(Parameters(), strategy="cooccurrence"),
            Baseline(both_ways=True),
            MostPlayed(),
        ):
            contender.fit(scratch, cut)
            said.append(contender.answer(asked))
        said.append(list_metrics.answers(scratch, list_metrics.NEW, Parameters()))
        said.append(list_metrics.answers(scratch, list_metrics.OLD, Parameters()))
        return said


@pytest.mark.slow
def test_another_future_changes_nothing() -> None:
    cut = AS_OF - timedelta(days=12)
    before = [play for play in PAST if play.played_at < cut]
    after = [play for play in PAST if play.played_at >= cut]
    assert before and after
    others = [play.track_id for play in reversed(after)]
    shuffled = [
        Heard(play.user_id, track, "somebody else", play.started_at, play.played_at)
        for play, track in zip(after, others, strict=True)
    ]
    said = answers_at(12, before + after)
    assert said[0] > 50
    assert said == answers_at(12, before + shuffled)


@pytest.mark.slow
def test_every_question_has_figures() -> None:
    with Scratch() as scratch:
        invented_plays.load(scratch, PAST)
        figures = runner.evaluate(
            scratch,
            options=runner.EvaluationOptions(together=True, refit_days=5, most_cases=40),
            parameters=Parameters(),
        )
    ours = figures["next"]["transitions"]
    assert ours["ndcg@10"] > figures["next"]["most played"]["ndcg@10"]
    assert 0 < ours["coverage"] <= 1
    assert ours["empty"] == 0
    assert sorted(ours["listeners"]) == ["alice", "bob"]
    low, high = ours["intervals"]["ndcg@10"]
    assert low <= ours["ndcg@10"] <= high
    assert {"discover, as served", "discover, uncapped", "drafted"} <= set(figures["new"])
    served = {"rediscovery, as served", "most played, idle, as served"}
    assert all(figures["rediscovery"][name]["recall@50"] > 0 for name in served)


@pytest.mark.django_db
def test_the_command_prints_and_keeps_its_table(tmp_path: Path) -> None:
    path = tmp_path / "plays.parquet"
    with Scratch() as scratch:
        invented_plays.load(scratch, PAST[:600])
        scratch.execute(
            "copy (select user_id, track_id, artist_name, played_at from history) "
            f"to '{path}' (format parquet)"
        )
    out = StringIO()
    call_command("evaluate_recommendations", str(path), "--cases", "30", "--json", stdout=out)
    figures = json.loads(out.getvalue())
    assert figures["cases"] > 0
    assert Evaluation.objects.get().source == "plays.parquet"
    out = StringIO()
    call_command("evaluate_recommendations", str(path), "--cases", "5", stdout=out)
    assert "transitions" in out.getvalue()


@pytest.mark.django_db
def test_this_install_is_evaluated_from_its_build(warehouse: Path) -> None:
    out = StringIO()
    call_command("evaluate_recommendations", "--cases", "5", "--json", stdout=out)
    assert sorted(json.loads(out.getvalue())["next"]["transitions"]["listeners"]) == [
        "alice",
        "bob",
    ]
    assert Evaluation.objects.get().build_id


@pytest.mark.django_db
def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    with Scratch() as scratch:
        scratch.execute(f"copy (select 1 as user_id) to '{path}' (format parquet)")
    with pytest.raises(CommandError, match="no column artist_name, played_at, track_id"):
        call_command("evaluate_recommendations", str(path))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--refit-days", "0"),
        ("--refit-days", "inf"),
        ("--test-share", "0"),
        ("--test-share", "1"),
        ("--test-share", "nan"),
        ("--cases", "-1"),
    ],
)
def test_a_protocol_that_makes_no_sense_is_refused(option: str, value: str) -> None:
    with pytest.raises(CommandError, match=f"{option} {value}:"):
        call_command("evaluate_recommendations", __file__, f"{option}={value}")


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_file(), reason=f"needs {REAL.name}, which is not here")
def test_ours_is_above_the_baseline_and_the_library_on_real_listening() -> None:
    if not implicit_baseline.is_installed():
        pytest.skip("needs libgomp, which implicit is linked with")
    with Scratch() as scratch:
        history.from_parquet(scratch, REAL)
        figures = runner.evaluate(
            scratch,
            options=runner.EvaluationOptions(refit_days=28, most_cases=250),
            parameters=Parameters(),
        )
    contenders = figures["next"]
    contenders.pop("transitions")
    contenders.pop("transitions, as served live")
    ours = contenders.pop("transitions, as served")["listeners"]
    for name, row in contenders.items():
        for user_id, measured in row["listeners"].items():
            for figure in ("ndcg@10", "mrr@10", "next ten ndcg@10"):
                assert ours[user_id][figure] > measured[figure], (name, user_id, figure)


def test_ids_of_any_file_are_asked_for_and_a_quote_is_in_none() -> None:
    assert sql_ids(["t0508_0_00", "a-b", "name:00ff", "x' or 'y"]) == (
        "'a-b', 'name:00ff', 't0508_0_00'"
    )
