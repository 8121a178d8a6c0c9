"""An import and its row in the database: waiting ──▶ running ──▶ done | failed.

A refusal is an answer, not a fault: the row says what was wrong, the run of the stage succeeded.
Any other error marks the row as failed too and goes on to whoever started the import.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from ingestion import gaps, runs
from ingestion.history_import import uploads
from ingestion.history_import.finding import Rejected
from ingestion.history_import.refusal import ImportRefused
from ingestion.history_import.running import Importer, Report
from ingestion.models import HistoryImport, Stage
from spotifyweb import locks
from spotifyweb.eventlog import EventLog, LogError
from spotifyweb.privacy import suppression

Status = HistoryImport.Status
WRITE_EVERY_SECONDS = 1.0
LEFT_BEHIND = timedelta(minutes=2)  # a worker takes less from taking a task to holding the lock
GIVEN_UP = timedelta(days=1)
FILES_LISTED = 50
OUR_FAULT = "This is a fault here, not in your files. Nothing counts twice: import them again."


def perform(
    history: HistoryImport,
    paths: Sequence[Path],
    *,
    log: EventLog,
    now: datetime,
    on_progress: Callable[[int, int], None] = lambda _read, _total: None,
) -> HistoryImport:
    """Import these files for the listener of this row, and write down what came of it.

    `on_progress` is told the bytes read and the bytes to read. Raises `LockHeld` while another
    import of that listener runs, and what the log raises.
    """
    user_id = history.listener.user_id
    with (
        runs.recording(Stage.IMPORT, f"{user_id}: {history.file_name}", now=now) as run,
        locks.lock(f"import:{user_id}"),
        _settled(history, now=now),
    ):
        meter = Meter(history, on_progress)
        importer = Importer(
            user_id=user_id,
            import_id=history.pk,
            log=log,
            ledgers=ledgers(),
            max_bytes=settings.IMPORT_MAX_BYTES,
            now=now,
            is_erased=suppression.suppression_filter(history.listener),
            on_total=meter.begin,
            on_bytes=meter.advance,
        )
        try:
            report = importer.run(paths)
            _done(history, report)
            closed = gaps.after_import(history.listener, report.covered)
            run.counts = {
                "rows": history.rows,
                **history.outcomes,
                "gaps closed": closed,
                "files rejected": len(report.rejected),
            }
        except ImportRefused as refusal:
            history.status, history.error = Status.FAILED, str(refusal)
            run.counts = {"refused": 1}
    return history


def postpone(history: HistoryImport, error: LogError) -> None:
    """The log did not take it all: wait, and start over. Nothing counts twice."""
    history.status, history.ended_at = Status.WAITING, None
    history.error = f"Waiting for the event log: {error}"
    history.save()


def left_behind(*, now: datetime) -> list[HistoryImport]:
    """Uploads that nobody works on although they are not settled; too old ones are given up."""
    unsettled = HistoryImport.objects.filter(
        status__in=[Status.WAITING, Status.RUNNING], created_at__lt=now - LEFT_BEHIND
    ).select_related("listener")
    idle = [found for found in unsettled if not locks.is_held(f"import:{found.listener.user_id}")]
    for history in idle:
        if not history.path or history.created_at < now - GIVEN_UP:
            _give_up(history, now=now)
    return [history for history in idle if not history.is_settled]


def _give_up(history: HistoryImport, *, now: datetime) -> None:
    """Of a command that was killed there are no files to start over with."""
    history.status, history.ended_at = Status.FAILED, now
    history.error = f"It was interrupted. {OUR_FAULT}"
    history.save()
    uploads.discard(history)


def ledgers() -> Path:
    """Where the ledgers of this machine's listeners lie."""
    return Path(settings.DATA_DIR) / "imports"


class Meter:
    """Progress, written to the row at most once a second. Each byte is read twice: to check, then
    to import.
    """

    def __init__(self, history: HistoryImport, on_progress: Callable[[int, int], None]) -> None:
        self.history, self.on_progress = history, on_progress
        self.written = time.monotonic()

    def begin(self, total: int) -> None:
        self.history.bytes_read, self.history.bytes_total = 0, total
        self.history.save(update_fields=["bytes_read", "bytes_total"])

    def advance(self, count: int) -> None:
        self.history.bytes_read += count
        self.on_progress(self.history.bytes_read, self.history.bytes_total)
        if time.monotonic() - self.written >= WRITE_EVERY_SECONDS:
            self.written = time.monotonic()
            self.history.save(update_fields=["bytes_read"])


@contextmanager
def _settled(history: HistoryImport, *, now: datetime) -> Iterator[None]:
    """Running now; and when the block ends without an answer, failed."""
    began = time.monotonic()
    history.status, history.error, history.bytes_read = Status.RUNNING, "", 0
    history.bytes_total = 0
    history.save()
    try:
        yield
    finally:
        if history.status == Status.RUNNING:
            history.status, history.error = Status.FAILED, OUR_FAULT
        history.ended_at = now + timedelta(seconds=time.monotonic() - began)
        history.save()


def _done(history: HistoryImport, report: Report) -> None:
    history.status, history.kind = Status.DONE, report.kind
    history.rows, history.outcomes = report.tally.rows, report.tally.outcomes()
    history.reasons = report.tally.reasons_json()
    history.rejected_files = _listed(report.rejected)
    history.first_at, history.last_at = report.tally.new.first_at, report.tally.new.last_at
    history.bytes_read = history.bytes_total
    history.covered = [stretch.as_json() for stretch in report.covered]
    history.reported_twice = report.tally.reported_twice
    if sum(history.outcomes.values()) != history.rows:
        raise ArithmeticError(f"outcomes {history.outcomes} do not add up to {history.rows} rows")


def _listed(rejected: Sequence[Rejected]) -> list[dict[str, str]]:
    """As many as somebody reads."""
    listed = [asdict(file) for file in rejected[:FILES_LISTED]]
    if more := len(rejected) - len(listed):
        listed.append({"name": "", "reason": f"{more:,} more files could not be read."})
    return listed
