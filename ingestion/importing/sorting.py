"""New events to the log, what came before to the duplicates, everything to the tally."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple

import orjson

from ingestion.importing.ledger import Known, Ledger
from ingestion.importing.listening import Heard
from ingestion.importing.reading import Shape
from ingestion.importing.reconciling import Tally
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Play, Skip

TOPICS = (Play.topic, Skip.topic)
APPEND_RECORDS = 5_000
AT_ONCE = 60  # so often one item may have ended within a grain
KEPT_OUT = Heard("rejected", "you had it erased; lift the mark under Your data to import it")


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
    waiting: dict[str, list[tuple[str, bytes]]] = field(
        default_factory=lambda: {topic: [] for topic in TOPICS}
    )

    def settler(self, shape: Shape) -> Callable[[Heard, Play], Heard]:
        """What finds out whether an event is new and not erased, and appends it then."""
        grain = GRAINS[shape]

        def settled(heard: Heard, event: Play) -> Heard:
            return KEPT_OUT if self.is_erased(event) else self._settle(heard, event, grain)

        return settled

    def flush(self) -> None:
        for topic, records in self.waiting.items():
            if records:
                self.log.append(topic, records)
                records.clear()

    def _settle(self, heard: Heard, event: Play, grain: Grain) -> Heard:
        """The same item heard within the same grain for another length is another listen, and gets
        the next free moment; an earlier import of it is found there by its length.
        """
        for place in range(AT_ONCE):
            known = self._append_if_new(_later(event, place * grain.step))
            if known is None:
                return heard
            if known.ms_played == event.ms_played:
                return self._duplicate(known)
        return Heard("duplicates", f"more than {AT_ONCE} times in one {grain.name}")

    def _append_if_new(self, event: Play) -> Known | None:
        row: dict[str, Any] = event.to_json()
        known = self.ledger.remember(row["event_id"], event.ms_played or 0, self.import_id)
        if known is None:
            self.tally.new.add(event.played_at)
            records = self.waiting[event.topic]
            records.append((event.user_id, orjson.dumps(row)))
            if len(records) >= APPEND_RECORDS:
                self.flush()
        return known

    def _duplicate(self, known: Known) -> Heard:
        here = known.import_id == self.import_id
        return Heard("duplicates", "the same row again" if here else "imported before")


def _later(event: Play, moved: timedelta) -> Play:
    if not moved:
        return event
    started_at = event.started_at and event.started_at + moved
    return replace(event, played_at=event.played_at + moved, started_at=started_at)
