"""A whole import: read everything once to be sure of it, then append it and keep the ledger.

The first pass parses every file to its end, so that a damaged one is refused before the first event
is appended. It costs 2-3 s for 430,000 rows; half an import would cost more.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ingestion.importing import covering, finding, reading
from ingestion.importing.covering import Span, Told
from ingestion.importing.finding import History
from ingestion.importing.ledger import Ledger
from ingestion.importing.listening import Listening
from ingestion.importing.reconciling import Tally
from ingestion.importing.sorting import TOPICS, Sorting
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Play

CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import came to."""

    kind: str  # extended, account, or both
    files: int
    tally: Tally
    covered: list[Span]  # each time that the files tell of whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Whose import this is, and the doors it needs."""

    user_id: str
    import_id: int
    log: EventLog
    ledgers: Path
    max_bytes: int
    now: datetime
    is_erased: Callable[[Play], bool] = lambda _: False
    on_total: Callable[[int], None] = lambda _: None
    on_bytes: Callable[[int], None] = lambda _: None

    def run(self, paths: Sequence[Path]) -> Report:
        """Import these zips, folders and files. Raises ImportRefused before anything is appended,
        and LogError when the log does not acknowledge: then repeat it all, nothing counts twice.
        """
        with ExitStack() as stack:
            histories = finding.history(paths, max_bytes=self.max_bytes, stack=stack)
            self.on_total(2 * sum(history.member.size for history in histories))
            for history in histories:
                self._check(history)
            told, tally = self._append(histories)
        kinds = sorted({history.shape.value for history in histories})
        return Report(
            kind="+".join(kinds),
            files=len(histories),
            tally=tally,
            covered=covering.stretches(told),
        )

    def _check(self, history: History) -> None:
        for _ in reading.rows(history.member, on_bytes=self.on_bytes):
            pass

    def _append(self, histories: Sequence[History]) -> tuple[list[Told], Tally]:
        self.log.create_topics(TOPICS)
        with Ledger(self.ledgers, self.user_id) as ledger:
            sorting = Sorting(
                import_id=self.import_id, log=self.log, ledger=ledger, is_erased=self.is_erased
            )
            told = [self._sort(history, sorting) for history in histories]
            sorting.flush()
            self.log.sync()
            ledger.keep()
        return told, sorting.tally

    def _sort(self, history: History, sorting: Sorting) -> Told:
        listening = Listening(user_id=self.user_id, latest=self.now + CLOCKS_DIFFER)
        hear, settle = listening.reader(history.shape), sorting.settler(history.shape)
        file, count = history.member.name, sorting.tally.count
        told = Told(name=file, shape=history.shape)
        rows = reading.rows(history.member, on_bytes=self.on_bytes)
        for number, row in enumerate(rows, start=1):
            heard = hear(row)
            if heard.event is not None:
                if heard.event.content_type == "track":
                    told.music.add(heard.event.played_at)
                heard = settle(heard, heard.event)
            count(heard.outcome, heard.reason, row, file=file, number=number)
        return told
