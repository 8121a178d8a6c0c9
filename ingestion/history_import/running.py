"""A whole import: everything is read once to be sure of it, then appended, and the ledger kept.

The first pass parses every file to its end, so that what cannot be read of it is known before the
first event is appended. Both happen in a process of its own; a file that ends it twice is left out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ingestion.history_import import covering, parser_client
from ingestion.history_import.covering import Stretch, Told
from ingestion.history_import.finding import Place, Rejected
from ingestion.history_import.ledger import Ledger
from ingestion.history_import.listening import Heard, Listening
from ingestion.history_import.parser_client import Parse, ParsedFile, ParserEnded, Reader, Upload
from ingestion.history_import.reconciling import Tally
from ingestion.history_import.refusal import CURE, ImportRefused
from ingestion.history_import.sorting import TOPICS, Sorting
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Play

CLOCKS_DIFFER = timedelta(days=1)
MAX_ENDS_OF_A_FILE = 2
MAX_ENDS = 6  # of an upload: it is not worth more


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import came to."""

    kind: str  # extended, account, or both
    files: int
    tally: Tally
    covered: list[Stretch]  # each time that the files tell of whole
    rejected: list[Rejected] = field(default_factory=list)  # files, wholly or from some row on


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
    parse: Parse = parser_client.in_process

    def run(self, paths: Sequence[Path]) -> Report:
        """Import these zips, folders and files. Raises ImportRefused before anything is appended,
        and LogError when the log does not acknowledge: then repeat it all, nothing counts twice.
        """
        ends: Counter[Place] = Counter()
        excluded: dict[Place, str] = {}
        while True:
            try:
                return self._attempt(paths, excluded)
            except ParserEnded as ended:
                ends[ended.place] += 1
                if not ended.place:
                    raise  # nothing was opened: that is no file's doing
                if ends.total() >= MAX_ENDS:
                    raise ImportRefused(f"Too little of this can be read: {ended}.") from ended
                if ends[ended.place] >= MAX_ENDS_OF_A_FILE:
                    excluded[ended.place] = f"was left out: {ended}. {CURE}"

    def _attempt(self, paths: Sequence[Path], excluded: dict[Place, str]) -> Report:
        reader = Reader(on_total=self.on_total, on_bytes=self.on_bytes)
        with parser_client.opened(
            paths, max_bytes=self.max_bytes, excluded=excluded, reader=reader, parse=self.parse
        ) as upload:
            told, tally = self._append(upload)
        kinds = sorted({file.shape.value for file in upload.files})
        return Report(
            kind="+".join(kinds),
            files=len(upload.files),
            tally=tally,
            covered=covering.stretches(told),
            rejected=upload.rejected,
        )

    def _append(self, upload: Upload) -> tuple[list[Told], Tally]:
        self.log.create_topics(TOPICS)
        with Ledger(self.ledgers, self.user_id) as ledger:
            sorting = Sorting(
                import_id=self.import_id, log=self.log, ledger=ledger, is_erased=self.is_erased
            )
            told = [self._sort(file, upload, sorting) for file in upload.files]
            sorting.flush()
            self.log.sync()
            ledger.keep()
        return told, sorting.tally

    def _sort(self, file: ParsedFile, upload: Upload, sorting: Sorting) -> Told:
        listening = Listening(user_id=self.user_id, latest=self.now + CLOCKS_DIFFER)
        hear, settle = listening.reader(file.shape), sorting.settler(file.shape)
        count = sorting.tally.count
        told = Told(name=file.name if file.is_whole else "", shape=file.shape)
        for number, row in enumerate(upload.rows(), start=1):
            heard = Heard("rejected", row) if isinstance(row, str) else hear(row)
            if heard.event is not None:
                if heard.event.content_type == "track":
                    told.music.add(heard.event.played_at)
                heard = settle(heard, heard.event)
            count(heard.outcome, heard.reason, row, file=file.name, number=number)
        return told
