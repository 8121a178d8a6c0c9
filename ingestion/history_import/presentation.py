"""Present an import to its owner: how far it has come, and numbers that add up."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ingestion.history_import.reconciliation import OUTCOMES
from ingestion.models import HistoryImport

OUTCOME_TEXTS = {
    "plays": (_("Plays"), _("30 seconds or more, or the whole track")),
    "skips": (_("Skips"), _("left before counting as a play")),
    "podcasts": (_("Podcasts"), _("episodes")),
    "audiobooks": (_("Audiobooks"), _("chapters")),
    "duplicates": (_("Duplicates"), _("already known, not counted again")),
    "unattributed": (_("Unattributed"), _("Spotify has the time but not the track")),
    "rejected": (_("Rejected"), _("not readable as a play, or blocked by you")),
}
KINDS = {
    "extended": _("Extended streaming history"),
    "account": _("Account data (to the minute)"),
    "account+extended": _("Extended streaming history and account data"),
}
ADDED = ("plays", "skips", "podcasts", "audiobooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why rows became what they became; rows of the database store the message id."""

    text: str
    rows: int
    samples: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeShare:
    """One outcome's part of the rows; `before` is where its piece of the bar begins."""

    key: str
    name: str | Promise
    meaning: str | Promise
    rows: int
    before: int
    reasons: list[Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCard:
    """One card of the import page."""

    history: HistoryImport
    kind: str | Promise
    percent: int
    outcomes: list[OutcomeShare]
    added: int

    @classmethod
    def of(cls, history: HistoryImport) -> "ImportCard":
        return cls(
            history=history,
            kind=KINDS.get(history.kind, ""),
            percent=percent(history),
            outcomes=_outcomes(history),
            added=sum(history.outcomes.get(key, 0) for key in ADDED),
        )


def percent(history: HistoryImport) -> int:
    """Return whole percent; 100 only when the import is done."""
    if history.status == HistoryImport.Status.DONE:
        return 100
    return min(99, 100 * history.bytes_read // history.bytes_total) if history.bytes_total else 0


def import_state(history: HistoryImport) -> dict[str, Any]:
    """Return an import's state as the page polls it."""
    return {
        "id": history.pk,
        "status": history.status,
        "status_text": history.get_status_display(),
        "percent": percent(history),
        "bytes_read": history.bytes_read,
        "bytes_total": history.bytes_total,
        "rows": history.rows,
        "outcomes": history.outcomes,
        "reasons": history.reasons,
        "rejected_files": history.rejected_files,
        "reported_twice": history.reported_twice,
        "error": history.error,
    }


def _outcomes(history: HistoryImport) -> list[OutcomeShare]:
    shown, before = [], 0
    for key in OUTCOMES:
        if rows := history.outcomes.get(key, 0):
            name, meaning = OUTCOME_TEXTS[key]
            reasons = _reasons(history.reasons.get(key, {}))
            shown.append(
                OutcomeShare(
                    key=key, name=name, meaning=meaning, rows=rows, before=before, reasons=reasons
                )
            )
            before += rows
    return shown


def _reasons(by_text: dict[str, Any]) -> list[Reason]:
    reasons = [
        Reason(text=gettext(text), rows=of["rows"], samples=of["samples"])
        for text, of in by_text.items()
    ]
    return sorted(reasons, key=lambda reason: -reason.rows)
