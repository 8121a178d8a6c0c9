"""Reconcile an import: every row has one outcome and one reason, and a few rows are quoted."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from ingestion.history_import.coverage import Span
from ingestion.history_import.fields import parse_int
from ingestion.history_import.shapes import FORMATS
from spotifyweb.events import Play

if TYPE_CHECKING:  # an import runs without Django, so that a test can kill it anywhere
    from ingestion.models import HistoryImport
    from spotifyweb.lake import Suppression

OUTCOMES = (
    "plays",
    "skips",
    "podcasts",
    "audiobooks",
    "duplicates",
    "unattributed",
    "rejected",
)
SAMPLES = 3
SAMPLE_KEYS = (  # of any shape: the first that a row has
    tuple(known.ended_key for known in FORMATS.values()),
    tuple(chain.from_iterable(known.title_keys for known in FORMATS.values())),
    tuple(chain.from_iterable(known.artist_keys for known in FORMATS.values())),
    tuple(known.length_key for known in FORMATS.values()),
)
QUOTED = re.compile(r", row [\d,]+: (\S+(?: \d\d:\d\d)?) · (.*) · (.*) · (\S+) ms$")


@dataclass(slots=True)
class Tally:
    """Count outcomes, reasons and samples while an import runs."""

    rows: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    new: Span = field(default_factory=Span)  # when what was not known before ended
    reported_twice: int = 0  # by account data and by the extended history: they count once
    _of_minute: Counter[int] = field(default_factory=Counter)  # new rows of account data

    def add(self, event: Play) -> None:
        """Count an event that was not known before. Account data is read first."""
        self.new.add(event.played_at)
        minute = event.played_at.replace(second=0, microsecond=0)
        is_chapter = event.content_type == "chapter"  # account data names its author, not its book
        by = event.album_name if is_chapter else event.artist_name
        key = hash((by, event.track_name, minute))
        if event.source == "account_data":
            self._of_minute[key] += 1
        elif self._of_minute[key] > 0:
            self._of_minute[key] -= 1
            self.reported_twice += 1

    def count(self, outcome: str, reason: str, row: Any, *, file: str, number: int) -> None:
        self.rows += 1
        self.reasons[outcome, reason] += 1
        if self.reasons[outcome, reason] <= SAMPLES:
            sample = f"{file}, row {number:,}: {_sample_text(row)}"
            self.samples.setdefault((outcome, reason), []).append(sample)

    def outcomes(self) -> dict[str, int]:
        """Return every outcome, zeros too; they add up to `rows`."""
        sums = Counter[str]()
        for (outcome, _), count in self.reasons.items():
            sums[outcome] += count
        return {outcome: sums[outcome] for outcome in OUTCOMES}

    def reasons_json(self) -> dict[str, dict[str, Any]]:
        """Return outcome → reason → rows and samples, as HistoryImport stores them."""
        by_outcome: dict[str, dict[str, Any]] = {}
        for (outcome, reason), count in self.reasons.items():
            samples = self.samples[outcome, reason]
            by_outcome.setdefault(outcome, {})[reason] = {"rows": count, "samples": samples}
        return by_outcome


def _sample_text(row: Any) -> str:
    if not isinstance(row, Mapping):
        return "–"
    values = (
        next((row[key] for key in keys if row.get(key) is not None), "–") for keys in SAMPLE_KEYS
    )
    return " · ".join(str(value).replace("\x00", "")[:80] for value in values) + " ms"


def delete_samples(history: "HistoryImport", erased: "Suppression") -> int:
    """Delete quoted rows that an erasure covers; return how many. Their counts stay."""
    count = 0
    for reasons in history.reasons.values():
        for reason in reasons.values():
            kept = [sample for sample in reason["samples"] if not _is_erased_sample(sample, erased)]
            count += len(reason["samples"]) - len(kept)
            reason["samples"] = kept
    if count:
        history.save(update_fields=["reasons"])
    return count


def _is_erased_sample(sample: str, erased: "Suppression") -> bool:
    row = _parse_sample(sample)
    return row is not None and erased.matches(row)


def _parse_sample(sample: str) -> dict[str, Any] | None:
    """Parse a row as it was quoted; None where it had no time."""
    if (found := QUOTED.search(sample)) is None:
        return None
    ended, title, artist, length = found.groups()
    try:
        ended_at = datetime.fromisoformat(ended)
    except ValueError:
        return None
    return {
        "event_type": "play",
        "played_at": ended_at.replace(tzinfo=UTC) if ended_at.tzinfo is None else ended_at,
        "ms_played": parse_int(length),
        "source": "extended_history" if "T" in ended else "account_data",
        "track_name": title,
        "artist_name": artist,
    }
