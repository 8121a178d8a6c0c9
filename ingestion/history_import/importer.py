"""Import a whole upload.

Read everything once to be sure of it, then append, then commit the ledger.

The first pass parses every file to its end, so that damage is known before the first event is
appended. Both passes happen in the parser process; a file that ends it twice is left out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ingestion.history_import import parser_client
from ingestion.history_import.coverage import CoveredPeriod, FileCoverage, covered_periods
from ingestion.history_import.deduplication import TOPICS, EventWriter
from ingestion.history_import.discovery import Location, RejectedFile
from ingestion.history_import.errors import UPLOAD_HINT, ImportRefused, Sentence, gettext_lazy
from ingestion.history_import.ledger import Ledger
from ingestion.history_import.parser import ParsedRow, RowParser
from ingestion.history_import.parser_client import (
    MessageReader,
    Parse,
    ParsedFile,
    ParserEnded,
    Upload,
)
from ingestion.history_import.reconciliation import Tally
from spotifyweb.eventlog import EventLog
from spotifyweb.events import Play

MAX_CLOCK_SKEW = timedelta(days=1)
MAX_ENDS_OF_A_FILE = 2
MAX_ENDS = 6  # of an upload: it is not worth more


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of an import."""

    kind: str  # extended, account, or both
    files: int
    tally: Tally
    covered: list[CoveredPeriod]  # each period that the files cover wholly
    rejected: list[RejectedFile] = field(default_factory=list)  # files, wholly or from some row on


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """One import: whose it is, and the backends that it needs."""

    user_id: str
    import_id: int
    log: EventLog
    ledgers: Path
    max_bytes: int
    now: datetime
    is_erased: Callable[[Play], bool] = lambda _: False
    on_total: Callable[[int], None] = lambda _: None
    on_bytes: Callable[[int], None] = lambda _: None
    parse: Parse = parser_client.parse_in_process

    def run(self, paths: Sequence[Path]) -> Report:
        """Import these zips, folders and files.

        Raises ImportRefused before anything is appended, and LogError where the log does not
        acknowledge: repeat the whole import then, nothing counts twice.
        """
        ends: Counter[Location] = Counter()
        excluded: dict[Location, list[Sentence]] = {}
        while True:
            try:
                return self._attempt(paths, excluded)
            except ParserEnded as ended:
                ends[ended.location] += 1
                if not ended.location:
                    raise  # nothing was opened: that is no file's doing
                if ends.total() >= MAX_ENDS:
                    raise ImportRefused(
                        gettext_lazy("Too many parts of this upload cannot be read."),
                        ended.how,
                        UPLOAD_HINT,
                    ) from ended
                if ends[ended.location] >= MAX_ENDS_OF_A_FILE:
                    excluded[ended.location] = [ended.how, UPLOAD_HINT]

    def _attempt(self, paths: Sequence[Path], excluded: dict[Location, list[Sentence]]) -> Report:
        reader = MessageReader(on_total=self.on_total, on_bytes=self.on_bytes)
        with parser_client.open_upload(
            paths, max_bytes=self.max_bytes, excluded=excluded, reader=reader, parse=self.parse
        ) as upload:
            coverage, tally = self._append(upload)
        kinds = sorted({file.shape.value for file in upload.files})
        return Report(
            kind="+".join(kinds),
            files=len(upload.files),
            tally=tally,
            covered=covered_periods(coverage),
            rejected=upload.rejected,
        )

    def _append(self, upload: Upload) -> tuple[list[FileCoverage], Tally]:
        self.log.create_topics(TOPICS)
        with Ledger(self.ledgers, self.user_id) as ledger:
            writer = EventWriter(
                import_id=self.import_id, log=self.log, ledger=ledger, is_erased=self.is_erased
            )
            coverage = [self._write_rows(file, upload, writer) for file in upload.files]
            writer.flush()
            self.log.sync()
            ledger.commit()
        return coverage, writer.tally

    def _write_rows(self, file: ParsedFile, upload: Upload, writer: EventWriter) -> FileCoverage:
        parser = RowParser(user_id=self.user_id, latest=self.now + MAX_CLOCK_SKEW)
        parse, write = parser.for_shape(file.shape), writer.for_shape(file.shape)
        count = writer.tally.count
        coverage = FileCoverage(name=file.name if file.is_whole else "", shape=file.shape)
        for number, row in enumerate(upload.rows(), start=1):
            parsed = ParsedRow("rejected", row) if isinstance(row, str) else parse(row)
            if parsed.event is not None:
                if parsed.event.content_type == "track":
                    coverage.music.add(parsed.event.played_at)
                parsed = write(parsed, parsed.event)
            count(parsed.outcome, parsed.reason, row, file=file.name, number=number)
        return coverage
