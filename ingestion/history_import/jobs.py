"""Import jobs: an import and its row in the database, waiting ──▶ running ──▶ done | failed.

A refusal is an answer, not a fault: the row says what was wrong, and the stage's run succeeded. Any
other error marks the row as failed too and reaches the task or command that runs the import.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, ngettext

from ingestion.fetch import gaps
from ingestion.history_import import ledger, uploads
from ingestion.history_import.discovery import RejectedFile
from ingestion.history_import.errors import ImportRefused, Sentence
from ingestion.history_import.importer import Importer, Report
from ingestion.models import HistoryImport, Run, Stage, Trigger
from ingestion.operations import retries, runs
from spotifyweb import clients, locks
from spotifyweb.eventlog import EventLog, LogError
from spotifyweb.lake import LakeError
from spotifyweb.privacy import suppression

Status = HistoryImport.Status
WRITE_EVERY_SECONDS = 1.0
# A worker takes less from taking a task to holding the lock.
INTERRUPTED_AFTER = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(days=1)
FILES_LISTED = 50
INTERNAL_ERROR = gettext_lazy(
    "This is a fault here, not in your files. Nothing counts twice: import them again."
)


def run_import(
    history: HistoryImport,
    paths: Sequence[Path],
    *,
    log: EventLog,
    now: datetime,
    on_progress: Callable[[int, int], None] = lambda _read, _total: None,
) -> HistoryImport:
    """Import these files for the row's listener, and save the outcome in the row.

    `on_progress` gets the bytes read and the bytes to read. Raises `locks.LockHeld` while another
    import of that listener runs, and what log and lake raise.
    """
    user_id = history.listener.user_id
    with (
        runs.recording(
            Stage.IMPORT, f"{user_id}: {history.file_name}", now=now, trigger=Trigger.UPLOAD
        ) as run,
        locks.lock(f"import:{user_id}"),
        _record_status(history, now=now),
    ):
        meter = ProgressMeter(history, on_progress)
        try:
            report = _import_files(history, paths, log=log, now=now, meter=meter)
            _save_report(history, report)
            closed = gaps.fill_from_import(
                history.listener, [covered.period for covered in report.covered]
            )
            run.counts = {
                "rows": history.rows,
                **history.outcomes,
                "gaps closed": closed,
                "files rejected": len(report.rejected),
            }
        except ImportRefused as refusal:
            history.status, history.error = Status.FAILED, translate(refusal.sentences)
            run.counts = {"refused": 1}
    return history


def _import_files(
    history: HistoryImport,
    paths: Sequence[Path],
    *,
    log: EventLog,
    now: datetime,
    meter: "ProgressMeter",
) -> Report:
    user_id = history.listener.user_id
    with _ledger_of(user_id) as ledgers:
        importer = Importer(
            user_id=user_id,
            import_id=history.pk,
            log=log,
            ledgers=ledgers,
            max_bytes=settings.IMPORT_MAX_BYTES,
            now=now,
            is_erased=suppression.suppression_filter(history.listener),
            on_total=meter.begin,
            on_bytes=meter.advance,
        )
        return importer.run(paths)


def postpone(history: HistoryImport, error: LogError | LakeError) -> None:
    """Return an import to waiting where log or lake did not answer; no row will count twice."""
    history.status, history.ended_at = Status.WAITING, None
    if isinstance(error, LogError):
        text = gettext("Waiting until events can be stored: %(error)s")
    else:
        text = gettext("Waiting for the storage: %(error)s")
    history.error = text % {"error": error}
    history.save()


def interrupted_imports(*, now: datetime) -> list[HistoryImport]:
    """Return unfinished uploads that nobody works on, after giving up those that are too old."""
    unsettled = HistoryImport.objects.filter(
        status__in=[Status.WAITING, Status.RUNNING], created_at__lt=now - INTERRUPTED_AFTER
    ).select_related("listener")
    idle = [found for found in unsettled if not locks.is_held(f"import:{found.listener.user_id}")]
    for history in idle:
        is_old = history.created_at < now - GIVE_UP_AFTER
        if not history.path or is_old or _kills(history) > retries.RETRIES:
            give_up(history, now=now)
    return [history for history in idle if not history.is_finished]


def _kills(history: HistoryImport) -> int:
    """Return how often the import of these files was killed."""
    subject = f"{history.listener.user_id}: {history.file_name}"[:120]
    killed = Run.objects.filter(stage=Stage.IMPORT, subject=subject, error=runs.KILLED)
    return killed.filter(started_at__gte=history.created_at).count()


def give_up(history: HistoryImport, *, now: datetime) -> None:
    """Mark an import as failed whose files are gone, or which is too old to start over."""
    history.status, history.ended_at = Status.FAILED, now
    history.error = f"{gettext('It was interrupted.')} {INTERNAL_ERROR}"
    history.save()
    uploads.discard(history)


def _ledger_of(user_id: str) -> AbstractContextManager[Path]:
    return ledger.checkout(
        clients.lake(), user_id, scratch=uploads.folder(), former=ledger_folder()
    )


def forget(user_id: str) -> None:
    """Forget what a listener imported, so that it may be imported again."""
    ledger.delete_ledger(clients.lake(), user_id, former=ledger_folder())


def ledger_folder() -> Path:
    """Return the folder in which earlier versions kept ledgers."""
    return Path(settings.DATA_DIR) / "imports"


class ProgressMeter:
    """Progress, saved in the row at most once a second.

    Each byte is read twice: to check it, then to import it.
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
def _record_status(history: HistoryImport, *, now: datetime) -> Iterator[None]:
    """Mark the row as running, and as failed where the block ends without an outcome."""
    began = time.monotonic()
    history.status, history.error, history.bytes_read = Status.RUNNING, "", 0
    history.bytes_total = 0
    history.save()
    try:
        yield
    finally:
        if history.status == Status.RUNNING:
            history.status, history.error = Status.FAILED, str(INTERNAL_ERROR)
        history.ended_at = now + timedelta(seconds=time.monotonic() - began)
        history.save()


def _save_report(history: HistoryImport, report: Report) -> None:
    history.status, history.kind = Status.DONE, report.kind
    history.rows, history.outcomes = report.tally.rows, report.tally.outcomes()
    history.reasons = report.tally.reasons_json()
    history.rejected_files = _rejected_files_json(report.rejected)
    history.first_at, history.last_at = report.tally.new.first_at, report.tally.new.last_at
    history.bytes_read = history.bytes_total
    history.covered = [covered.as_json() for covered in report.covered]
    history.reported_twice = report.tally.reported_twice
    if sum(history.outcomes.values()) != history.rows:
        raise ArithmeticError(f"outcomes {history.outcomes} do not add up to {history.rows} rows")


def _rejected_files_json(rejected: Sequence[RejectedFile]) -> list[dict[str, str]]:
    """Return as many rejected files as somebody reads, and how many more there are."""
    listed = [
        {"name": file.name, "reason": translate(file.reason)} for file in rejected[:FILES_LISTED]
    ]
    if more := len(rejected) - len(listed):
        text = ngettext(
            "%(count)s more file could not be read.",
            "%(count)s more files could not be read.",
            more,
        )
        listed.append({"name": "", "reason": text % {"count": f"{more:,}"}})
    return listed


def translate(sentences: Iterable[Sentence]) -> str:
    """Return sentences as one text, in the language of this process: rows store texts."""
    return " ".join(map(_translate, sentences))


def _translate(sentence: Sentence) -> str:
    if not sentence.plural:
        return gettext(sentence.text) % sentence.values
    return ngettext(sentence.text, sentence.plural, sentence.count) % sentence.values
