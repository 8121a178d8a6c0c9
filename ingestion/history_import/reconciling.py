"""Rows in = outcomes out: what became of every row, by reason, with a few samples."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingestion.history_import.covering import Span
from spotifyweb.events import Play

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
TOLD = (  # never the address, the account or the user agent
    ("ts", "endTime"),
    ("master_metadata_track_name", "episode_name", "audiobook_chapter_title", "trackName"),
    ("master_metadata_album_artist_name", "episode_show_name", "audiobook_title", "artistName"),
    ("ms_played", "msPlayed"),
)


@dataclass(slots=True)
class Tally:
    """Counts while an import runs."""

    rows: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    new: Span = field(default_factory=Span)  # when what was not known before ended
    reported_twice: int = 0  # by account data and by the extended history: they count once
    _of_minute: Counter[int] = field(default_factory=Counter)  # new rows of account data

    def add(self, event: Play) -> None:
        """Take note of an event that was not known before. Account data is read first."""
        self.new.add(event.played_at)
        minute = event.played_at.replace(second=0, microsecond=0)
        key = hash((event.artist_name, event.track_name, minute))
        if event.source == "account_data":
            self._of_minute[key] += 1
        elif self._of_minute[key] > 0:
            self._of_minute[key] -= 1
            self.reported_twice += 1

    def count(self, outcome: str, reason: str, row: Any, *, file: str, number: int) -> None:
        self.rows += 1
        self.reasons[outcome, reason] += 1
        if self.reasons[outcome, reason] <= SAMPLES:
            told = f"{file}, row {number:,}: {_told(row)}"
            self.samples.setdefault((outcome, reason), []).append(told)

    def outcomes(self) -> dict[str, int]:
        """Every outcome, zeros too; they add up to `rows`."""
        sums = Counter[str]()
        for (outcome, _), count in self.reasons.items():
            sums[outcome] += count
        return {outcome: sums[outcome] for outcome in OUTCOMES}

    def reasons_json(self) -> dict[str, dict[str, Any]]:
        """outcome → reason → rows and samples, as HistoryImport keeps it."""
        told: dict[str, dict[str, Any]] = {}
        for (outcome, reason), count in self.reasons.items():
            samples = self.samples[outcome, reason]
            told.setdefault(outcome, {})[reason] = {"rows": count, "samples": samples}
        return told


def _told(row: Any) -> str:
    if not isinstance(row, Mapping):
        return "–"
    values = (next((row[key] for key in keys if row.get(key) is not None), "–") for keys in TOLD)
    return " · ".join(str(value).replace("\x00", "")[:80] for value in values) + " ms"
