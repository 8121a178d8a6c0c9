"""Deduplication: new events go to the log, known ones to the duplicates, every row to the tally.

`ts` says when a listen was handed in, which may happen again, and to many listens in one second.
So where a device says when a listen began, the same item with the same start and length is the same
listen, whatever its `ts`; under one `ts`, other starts are other listens. Without a device start,
item, `ts` and length decide.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson

from ingestion.history_import.errors import gettext_noop
from ingestion.history_import.ledger import KnownEvent, Ledger
from ingestion.history_import.parser import ParsedRow, is_same_start, whole_second
from ingestion.history_import.reconciliation import Tally
from ingestion.history_import.shapes import FORMATS, Shape
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Play, Skip

TOPICS = (Play.topic, Skip.topic)
APPEND_RECORDS = 5_000
MAX_AT_ONCE = 60  # so often one item may have ended within a step where no device start tells
MAX_AT_ONCE_BY_START = 1_000  # a night's loop is handed in at once
SUPPRESSED = ParsedRow(
    "rejected", gettext_noop("you erased it; unblock it under Your data to import it")
)


Listen = tuple[int, str]  # the second of its device start, and what was parsed for how long


@dataclass(slots=True, kw_only=True)
class EventWriter:
    """Write the events of one import. Call `flush` before the ledger is committed."""

    import_id: int
    log: EventLog
    ledger: Ledger
    is_erased: Callable[[Play], bool] = lambda _: False
    tally: Tally = field(default_factory=Tally)
    erased: set[Listen | None] = field(default_factory=set)
    waiting: dict[str, list[tuple[str, bytes]]] = field(
        default_factory=lambda: {topic: [] for topic in TOPICS}
    )

    def for_shape(self, shape: Shape) -> Callable[[ParsedRow, Play], ParsedRow]:
        """Return a function that appends an event of that shape if it is new and not suppressed."""

        def write(parsed: ParsedRow, event: Play) -> ParsedRow:
            start = parsed.device_start
            listen = None if start is None else (whole_second(start), _listen_key(event))
            if listen in self.erased or self.is_erased(event):
                self.erased |= {listen} - {None}
                return SUPPRESSED
            if start is None or listen is None:
                return self._write(parsed, event, shape)
            return self._write_by_start(parsed, event, start, listen)

        return write

    def flush(self) -> None:
        for topic, records in self.waiting.items():
            if records:
                self.log.append(topic, records)
                records.clear()

    def _write_by_start(
        self, parsed: ParsedRow, event: Play, start: int, listen: Listen
    ) -> ParsedRow:
        second = int(event.played_at.timestamp())
        known = self.ledger.remember_start(
            *listen, device_start=start, ended_second=second, import_id=self.import_id
        )
        if known is None or (
            known.ended_second == second and not is_same_start(known.device_start, start)
        ):
            return self._write(parsed, event, Shape.EXTENDED)
        is_again = known.ended_second != second
        if is_again:
            self._learn_repeated(parsed, event)
        return self._duplicate(known.import_id, is_again=is_again)

    def _learn_repeated(self, parsed: ParsedRow, event: Play) -> None:
        """Add the device start to an event that an older ledger took for another listen.

        It must not be taken for a third one.
        """
        for step_number in range(MAX_AT_ONCE):
            moved = _shift(event, step_number * FORMATS[Shape.EXTENDED].step)
            known = self.ledger.find(moved.event_id)
            if known is None or _is_same_listen(known, parsed, event):
                self._learn(known, parsed, moved)
                return

    def _write(self, parsed: ParsedRow, event: Play, shape: Shape) -> ParsedRow:
        """Give another listen within the same second or minute the next free moment.

        An earlier import of it is found there.
        """
        step = FORMATS[shape].step
        for step_number in range(MAX_AT_ONCE):
            moved = _shift(event, step_number * step)
            known = self._append_if_new(moved, parsed.device_start)
            if known is None:
                return parsed
            if _is_same_listen(known, parsed, event):
                self._learn(known, parsed, moved)
                return self._duplicate(known.import_id)
        return self._write_late(parsed, event, shape)

    def _write_late(self, parsed: ParsedRow, event: Play, shape: Shape) -> ParsedRow:
        """Search for a free moment among many; those before it are all taken."""
        step = FORMATS[shape].step
        moments = range(MAX_AT_ONCE, MAX_AT_ONCE_BY_START if parsed.device_start else MAX_AT_ONCE)

        def is_free(step_number: int) -> bool:
            return self.ledger.find(_shift(event, step_number * step).event_id) is None

        step_number = MAX_AT_ONCE + bisect_left(moments, True, key=is_free)
        if step_number == moments.stop:
            return ParsedRow("duplicates", FORMATS[shape].too_many)
        self._append_if_new(_shift(event, step_number * step), parsed.device_start)
        return parsed

    def _append_if_new(self, event: Play, start: int | None) -> KnownEvent | None:
        row: dict[str, Any] = event.to_json()
        known = self.ledger.remember(row["event_id"], event.ms_played or 0, self.import_id, start)
        if known is None:
            self.tally.add(event)
            records = self.waiting[event.topic]
            records.append((event.user_id, orjson.dumps(row)))
            if len(records) >= APPEND_RECORDS:
                self.flush()
        return known

    def _learn(self, known: KnownEvent | None, parsed: ParsedRow, event: Play) -> None:
        if known and known.device_start is None and parsed.device_start is not None:
            self.ledger.add_device_start(event.event_id, parsed.device_start)

    def _duplicate(self, import_id: int, *, is_again: bool = False) -> ParsedRow:
        if import_id != self.import_id:
            return ParsedRow("duplicates", gettext_noop("imported before"))
        return ParsedRow(
            "duplicates",
            gettext_noop("the same play, reported again")
            if is_again
            else gettext_noop("the same row again"),
        )


def _listen_key(event: Play) -> str:
    return f"{event.ms_played}|{event.item}"


def _is_same_listen(known: KnownEvent, parsed: ParsedRow, event: Play) -> bool:
    """Return whether two that ended at once are one; a start that one lacks tells nothing."""
    first, second = known.device_start, parsed.device_start
    return known.ms_played == (event.ms_played or 0) and (  # 0 where no length is known
        first is None or second is None or is_same_start(first, second)
    )


def _shift(event: Play, moved: timedelta) -> Play:
    if not moved:
        return event
    started_at = event.started_at
    if started_at is not None and started_at != event.device_started_at:
        started_at += moved
    return replace(event, played_at=event.played_at + moved, started_at=started_at)
