"""The example of `docs/recommendations.md` is what its command prints, and obeys its formula."""

import re
from dataclasses import asdict
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from recommendations.parameters import Parameters
from spotifyweb.accounts.models import Listener
from tests.docs.fences import Fence, fences
from tests.recommendations.conftest import build, warehouse

__all__ = ["build", "warehouse"]  # fixtures

SCORE, COOCCURRENCE, AFFINITY, SOURCES = 3, 4, 5, 6


def example() -> Fence:
    [fence] = [f for f in fences() if f.document == "docs/recommendations.md" and f.reason]
    return fence


def cells(printed: str) -> list[list[str]]:
    """Return the cells of each row, the heading first."""
    return [re.split(r" {2,}", line.strip()) for line in printed.strip().splitlines()]


def assert_formula(rows: list[list[str]]) -> None:
    """The average co-occurrence is not printed, but at most the highest, and it from one track."""
    scores = [float(row[SCORE]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    for row in rows:
        affinity, highest = 0.3 * float(row[AFFINITY]), 70 * float(row[COOCCURRENCE])
        assert affinity - 0.02 <= float(row[SCORE]) <= affinity + highest + 0.05
        if row[SOURCES] in {"0", "1"}:
            assert float(row[SCORE]) == pytest.approx(affinity + highest, abs=0.05)


@pytest.mark.django_db
def test_the_example_is_what_the_command_prints(warehouse: Path) -> None:
    Listener.objects.local("alice")
    out = StringIO()
    call_command("show_recommendations", "alice", stdout=out)
    [[command, shown]] = example().steps
    heading, *rows = cells(shown)
    printed_heading, *printed = cells(out.getvalue())
    assert command == ".venv/bin/python manage.py show_recommendations sbxTheo9vR"
    assert heading == printed_heading
    assert [row[0] for row in rows] == [f"{rank}" for rank in range(1, 11)]
    assert printed
    for table in (rows, printed):
        assert_formula(table)


def test_the_numbers_of_the_formula_are_those_that_are_used() -> None:
    """The SQL gets them from the same place, and the reference in Python agrees with the SQL."""
    text = (settings.BASE_DIR / "docs" / "recommendations.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", text, flags=re.MULTILINE))
    used = asdict(Parameters())
    assert len(told) > 20
    assert {name: float(value) for name, value in told.items()} == {
        name: used[name] for name in told
    }
    for name in ("pair", "triple", "similar", "last", "week", "artist", "activation", "recent"):
        assert f"{told[f'{name}_weight']} · " in text
