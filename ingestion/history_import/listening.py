"""One row of an export: the play or skip it is, or the reason why it is neither.

Of a row only what is named here is read: `ip_addr`, `username` and the user agent go no further.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ingestion.history_import import items, starting
from ingestion.history_import.devices import device_type
from ingestion.history_import.reading import Shape
from ingestion.history_import.unusable import Unusable, flag, text, whole
from spotifyweb.events import PLAY_MIN_MS, Play, Skip, counts_as_play

LONGEST_MS = 7 * 24 * 60 * 60 * 1000
FIRST_DAY = datetime(2006, 4, 23, tzinfo=UTC)  # Spotify was founded; nothing was heard before
LEFT_EARLY = frozenset({"fwdbtn", "backbtn", "endplay", "unknown"})
OUTCOME_OF_EPISODES = {"episode": "podcasts", "chapter": "audiobooks"}


class Heard(NamedTuple):
    """What a row came to."""

    outcome: str  # plays, skips, podcasts, audiobooks, unattributed or rejected
    reason: str
    event: Play | None = None
    device_start: int | None = None  # as the row says it, in seconds or milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Whose rows these are, and the moment after which a time lies in the future."""

    user_id: str
    latest: datetime

    def reader(self, shape: Shape) -> Callable[[Any], Heard]:
        """What reads a row of that shape."""
        read = self._extended if shape is Shape.EXTENDED else self._account

        def heard(row: Any) -> Heard:
            if not isinstance(row, dict):
                return Heard("rejected", "not an object")
            try:
                return read(row)
            except Unusable as why:
                return Heard(why.outcome, why.reason)

        return heard

    def _extended(self, row: dict[str, Any]) -> Heard:
        ended_at, ms_played = self._moment(row.get("ts")), _length(row.get("ms_played"))
        item = items.extended(row)
        reason_end, platform = text(row.get("reason_end")), text(row.get("platform"))
        start = starting.device_start(row.get("offline_timestamp"))
        device = starting.device_started_at(start)
        return _heard(
            device_start=start,
            user_id=self.user_id,
            played_at=ended_at,
            started_at=starting.started_at(ended_at, ms_played, device),
            device_started_at=device,
            ms_played=ms_played,
            platform=platform,
            device_type=device_type(platform),
            country=_country(row.get("conn_country")),
            reason_start=text(row.get("reason_start")),
            reason_end=reason_end,
            skipped=left_early(flag(row.get("skipped")), reason_end),
            shuffle=flag(row.get("shuffle")),
            offline=flag(row.get("offline")),
            incognito=flag(row.get("incognito_mode")),
            source="extended_history",
            **item._asdict(),
        )

    def _account(self, row: dict[str, Any]) -> Heard:
        ended_at, ms_played = self._moment(row.get("endTime")), _length(row.get("msPlayed"))
        return _heard(
            user_id=self.user_id,
            played_at=ended_at,
            started_at=ended_at - timedelta(milliseconds=ms_played),
            ms_played=ms_played,
            source="account_data",
            **items.account(row)._asdict(),
        )

    def _moment(self, value: Any) -> datetime:
        """The end of a play, in UTC: `2025-05-30T14:14:00Z`, `2021-02-05 20:29`."""
        try:
            moment = datetime.fromisoformat(value.removesuffix(" UTC"))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, AttributeError, OverflowError):
            raise Unusable("rejected", "no readable end time") from None
        if moment > self.latest:
            raise Unusable("rejected", "ended in the future")
        if moment < FIRST_DAY:
            raise Unusable("rejected", "ended before Spotify existed")
        return moment


def left_early(skipped: bool | None, reason_end: str | None) -> bool | None:
    """Whether the listener left it: `trackdone` wins; None where the row says nothing.

    `skipped` alone will not do: it is false on every row of April 2015 to October 2022.
    """
    if reason_end == "trackdone":
        return False
    if skipped or reason_end in LEFT_EARLY:
        return True
    return None if skipped is None and reason_end is None else False


def _heard(*, ms_played: int, device_start: int | None = None, **values: Any) -> Heard:
    reason_end = values.get("reason_end")
    counts = counts_as_play(ms_played, reason_end=reason_end)
    event = (Play if counts else Skip)(ms_played=ms_played, **values)
    return Heard(
        OUTCOME_OF_EPISODES.get(event.content_type) or ("plays" if counts else "skips"),
        _reason(ms_played, ended=reason_end == "trackdone"),
        event,
        device_start,
    )


def _reason(ms_played: int, *, ended: bool) -> str:
    if ms_played >= PLAY_MIN_MS:
        return "30 seconds or more"
    if ended:
        return "shorter, but heard to its end"
    return "left within 30 seconds" if ms_played else "never sounded (0 ms)"


def _length(value: Any) -> int:
    length = whole(value)
    if length is None:
        raise Unusable("rejected", "no whole number of milliseconds")
    if length < 0:
        raise Unusable("rejected", "negative milliseconds")
    if length > LONGEST_MS:
        raise Unusable("rejected", "longer than seven days")
    return length


def _country(value: Any) -> str | None:
    """Two letters; `ZZ` is Spotify's word for unknown."""
    known = isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha()
    return value if known and value != "ZZ" else None
