"""New events to the log, what came before to the duplicates, everything to the tally.

What one listen is: `ts` tells when it was handed in, which may happen again, and for many listens
in one second. So where a device says when it began, an item that began then and was played for as
long is the same listen, whatever its `ts`; under one `ts`, other starts are other listens. Without
a device start, item, `ts` and length tell.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple

import orjson

from ingestion.history_import.ledger import Known, Ledger
from ingestion.history_import.listening import Heard
from ingestion.history_import.reading import Shape
from ingestion.history_import.reconciling import Tally
from ingestion.history_import.starting import is_same_start, whole_second
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Play, Skip

TOPICS = (Play.topic, Skip.topic)
APPEND_RECORDS = 5_000
AT_ONCE = 60  # so often one item may have ended within a grain where no device start tells
AT_ONCE_BY_START = 1_000  # a night's loop is handed in at once
KEPT_OUT = Heard("rejected", "you had it erased; lift the mark under Your data to import it")


Listen = tuple[int, str]  # the second of its device start, and what was heard for how long


class Grain(NamedTuple):
    """How exactly a file tells when a play ended, and the step to a moment that is free there."""

    name: str
    step: timedelta


GRAINS = {
    Shape.EXTENDED: Grain("second", timedelta(milliseconds=1)),
    Shape.ACCOUNT: Grain("minute", timedelta(seconds=1)),
}


@dataclass(slots=True, kw_only=True)
class Sorting:
    """Where the events of one import go. `flush` before the ledger is kept."""

    import_id: int
    log: EventLog
    ledger: Ledger
    is_erased: Callable[[Play], bool] = lambda _: False
    tally: Tally = field(default_factory=Tally)
    erased: set[Listen | None] = field(default_factory=set)
    waiting: dict[str, list[tuple[str, bytes]]] = field(
        default_factory=lambda: {topic: [] for topic in TOPICS}
    )

    def settler(self, shape: Shape) -> Callable[[Heard, Play], Heard]:
        """What finds out whether an event is new and not erased, and appends it then."""
        grain = GRAINS[shape]

        def settled(heard: Heard, event: Play) -> Heard:
            start = heard.device_start
            listen = None if start is None else (whole_second(start), _listen(event))
            if listen in self.erased or self.is_erased(event):
                self.erased |= {listen} - {None}
                return KEPT_OUT
            if start is None or listen is None:
                return self._settle(heard, event, grain)
            return self._settle_by_start(heard, event, start, listen)

        return settled

    def flush(self) -> None:
        for topic, records in self.waiting.items():
            if records:
                self.log.append(topic, records)
                records.clear()

    def _settle_by_start(self, heard: Heard, event: Play, start: int, listen: Listen) -> Heard:
        second = int(event.played_at.timestamp())
        known = self.ledger.remember_start(
            *listen, device_start=start, ended_second=second, import_id=self.import_id
        )
        if known is None or (
            known.ended_second == second and not is_same_start(known.device_start, start)
        ):
            return self._settle(heard, event, GRAINS[Shape.EXTENDED])
        is_again = known.ended_second != second
        if is_again:
            self._learn_again(heard, event)
        return self._duplicate(known.import_id, is_again=is_again)

    def _learn_again(self, heard: Heard, event: Play) -> None:
        """An older ledger took it for another listen, which must not be taken for a third."""
        for place in range(AT_ONCE):
            moved = _later(event, place * GRAINS[Shape.EXTENDED].step)
            known = self.ledger.recall(moved.event_id)
            if known is None or _is_same_listen(known, heard, event):
                self._learn(known, heard, moved)
                return

    def _settle(self, heard: Heard, event: Play, grain: Grain) -> Heard:
        """Another listen to the item within the same grain gets the next free moment; an earlier
        import of it is found there.
        """
        for place in range(AT_ONCE):
            moved = _later(event, place * grain.step)
            known = self._append_if_new(moved, heard.device_start)
            if known is None:
                return heard
            if _is_same_listen(known, heard, event):
                self._learn(known, heard, moved)
                return self._duplicate(known.import_id)
        return self._settle_late(heard, event, grain)

    def _settle_late(self, heard: Heard, event: Play, grain: Grain) -> Heard:
        """So many that the free moment is searched for: those before it are all taken."""
        moments = range(AT_ONCE, AT_ONCE_BY_START if heard.device_start else AT_ONCE)

        def is_free(place: int) -> bool:
            return self.ledger.recall(_later(event, place * grain.step).event_id) is None

        place = AT_ONCE + bisect_left(moments, True, key=is_free)
        if place == moments.stop:
            return Heard("duplicates", f"more than {place:,} times in one {grain.name}")
        self._append_if_new(_later(event, place * grain.step), heard.device_start)
        return heard

    def _append_if_new(self, event: Play, start: int | None) -> Known | None:
        row: dict[str, Any] = event.to_json()
        known = self.ledger.remember(row["event_id"], event.ms_played or 0, self.import_id, start)
        if known is None:
            self.tally.add(event)
            records = self.waiting[event.topic]
            records.append((event.user_id, orjson.dumps(row)))
            if len(records) >= APPEND_RECORDS:
                self.flush()
        return known

    def _learn(self, known: Known | None, heard: Heard, event: Play) -> None:
        if known and known.device_start is None and heard.device_start is not None:
            self.ledger.learn(event.event_id, heard.device_start)

    def _duplicate(self, import_id: int, *, is_again: bool = False) -> Heard:
        if import_id != self.import_id:
            return Heard("duplicates", "imported before")
        return Heard(
            "duplicates", "the same play, handed in again" if is_again else "the same row again"
        )


def _listen(event: Play) -> str:
    return f"{event.ms_played}|{event.item}"


def _is_same_listen(known: Known, heard: Heard, event: Play) -> bool:
    """Of two that ended in the same moment; a start that only one of them has tells nothing."""
    one, other = known.device_start, heard.device_start
    return known.ms_played == event.ms_played and (
        one is None or other is None or is_same_start(one, other)
    )


def _later(event: Play, moved: timedelta) -> Play:
    if not moved:
        return event
    started_at = event.started_at
    if started_at is not None and started_at != event.device_started_at:
        started_at += moved
    return replace(event, played_at=event.played_at + moved, started_at=started_at)
