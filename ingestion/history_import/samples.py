"""The few rows of an archive that its reconciliation quotes: taken out when they are erased."""

import re
from datetime import UTC, datetime
from typing import Any

from ingestion.history_import.unusable import whole
from ingestion.models import HistoryImport
from spotifyweb.lake import Suppression

QUOTED = re.compile(r", row [\d,]+: (\S+(?: \d\d:\d\d)?) · (.*) · (.*) · (\S+) ms$")


def forget(history: HistoryImport, erased: Suppression) -> int:
    """How many were quoted; what they were counted as stays."""
    count = 0
    for reasons in history.reasons.values():
        for told in reasons.values():
            kept = [sample for sample in told["samples"] if not _is_erased(sample, erased)]
            count += len(told["samples"]) - len(kept)
            told["samples"] = kept
    if count:
        history.save(update_fields=["reasons"])
    return count


def _is_erased(sample: str, erased: Suppression) -> bool:
    row = _read(sample)
    return row is not None and erased.matches(row)


def _read(sample: str) -> dict[str, Any] | None:
    """As `reconciling` wrote it; None for what had no time."""
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
        "ms_played": whole(length),
        "source": "extended_history" if "T" in ended else "account_data",
        "track_name": title,
        "artist_name": artist,
    }
