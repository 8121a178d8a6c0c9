"""Why an upload was refused is translated where it is stored, why a row was where it is shown."""

import sys
from subprocess import run
from typing import Any

import pytest

from ingestion.history_import import jobs, presentation
from ingestion.history_import.errors import gettext_lazy, join, ngettext_lazy
from ingestion.models import HistoryImport


def cut_off(rows: int) -> Any:
    return ngettext_lazy(
        "%(rows)s row of %(name)s", "%(rows)s rows", rows, rows=f"{rows:,}", name="a"
    )


def test_a_sentence_is_english_until_it_is_translated() -> None:
    sentences = [gettext_lazy("100%% of %(name)s.", name="50%(x)s"), cut_off(1), cut_off(2000)]
    assert join(sentences) == "100% of 50%(x)s. 1 row of a 2,000 rows"
    assert jobs.translate(sentences) == join(sentences)


def test_refusals_are_translated_with_their_plural(monkeypatch: pytest.MonkeyPatch) -> None:
    polish = {1: "%(rows)s wiersz", 2: "%(rows)s wiersze", 5: "%(rows)s wierszy"}
    monkeypatch.setattr(jobs, "ngettext", lambda _singular, _plural, count: polish[count])
    assert jobs.translate(map(cut_off, (1, 2, 5))) == "1 wiersz 2 wiersze 5 wierszy"


def test_reasons_of_rows_are_translated_for_their_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presentation, "gettext", {"imported before": "bereits importiert"}.get)
    reasons = {"duplicates": {"imported before": {"rows": 3, "samples": []}}}
    history = HistoryImport(outcomes={"duplicates": 3}, reasons=reasons)
    [outcome] = presentation.ImportCard.of(history).outcomes
    assert [reason.text for reason in outcome.reasons] == ["bereits importiert"]


def test_the_parser_knows_no_django() -> None:
    modules = "import ingestion.history_import.parser_process, sys; print('django' in sys.modules)"
    done = run([sys.executable, "-c", modules], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
