"""What the pipeline keeps of a listener besides rows that go with them: forgotten on request."""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import Q
from django.dispatch import receiver

from ingestion.history_import import bookkeeping, ledger, samples, uploads
from ingestion.models import Alarm, Cursor, HistoryImport, Reject, Run
from spotifyweb import locks
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Suppression, suppression
from spotifyweb.privacy import registry
from spotifyweb.privacy.registry import Counts, PersonalData
from spotifyweb.signals import suppression_lifted


@registry.register
class PipelineData(PersonalData):
    """Cursors, gaps, imports with their files and ledgers, listed rejects, recorded runs."""

    tables: ClassVar[Mapping[str, str]] = {
        "ingestion.Cursor": "deleted when the listener leaves, and with their row",
        "ingestion.Gap": "deleted with the listener's row",
        "ingestion.HistoryImport": "deleted with the listener's row; before, files and quoted rows",
        "ingestion.Reject": "deleted where the erasure covers the record",
    }

    def erase_all(
        self, user_id: str, listener: Listener | None, sources: tuple[str, ...]
    ) -> Counts:
        """Erase listed rejects, and without `sources` files, ledgers and recorded runs too."""
        suppressions = [Suppression(user_id=user_id, source=source) for source in sources or ("",)]
        counts = {"listed rejects": sum(map(forget_rejects, suppressions))}
        if listener is not None:  # a later login fetches everything anew
            Cursor.objects.filter(listener=listener).delete()
        if not sources:
            ledger.forget(bookkeeping.ledgers(), user_id)
            if listener is not None:
                forget_coverage(listener)
            counts["uploaded files"] = forget_uploads(listener)
            of_listener = Q(subject=user_id) | Q(subject__startswith=f"{user_id}: ")  # of imports
            counts["recorded runs"] = Run.objects.filter(of_listener).delete()[0]
            Alarm.objects.filter(of_listener).delete()
        return counts

    def erase_part(self, listener: Listener, erased: Suppression) -> Counts:
        """Erase listed rejects, rows of an archive that its import quotes, and its coverage."""
        if erased.source and erased.until is None and not erased.items:
            forget_coverage(listener, erased.source)
        return {
            "listed rejects": forget_rejects(erased),
            "quoted rows of imports": sum(
                samples.forget(history, erased)
                for history in HistoryImport.objects.filter(listener=listener)
            ),
        }

    def is_busy(self, listener: Listener) -> bool:
        names = (f"produce:{listener.pk}", f"import:{listener.user_id}")
        return any(map(locks.is_held, names))


@receiver(suppression_lifted)
def let_it_come_again(listener: Listener, **_: object) -> None:
    """An archive imported again brings all of it, and the next fetch all that Spotify still has."""
    ledger.forget(bookkeeping.ledgers(), listener.user_id)
    cursors = Cursor.objects.filter(listener=listener)
    cursors.update(page=[])
    cursors.filter(stream=Cursor.Stream.LIKES).update(crawl_offset=0)


def forget_coverage(listener: Listener, source: str = "") -> None:
    """What was erased covers nothing any more: of one source, or of all."""
    for history in HistoryImport.objects.filter(listener=listener).exclude(covered=[]):
        history.covered = [row for row in history.covered if source and row[0] != source]
        history.save(update_fields=["covered"])


def forget_rejects(erased: Suppression) -> int:
    doomed = [
        reject.pk
        for reject in Reject.objects.filter(user_id=erased.user_id)
        if suppression.matches_raw(
            erased, key=reject.user_id, raw=reject.raw_start.encode(), at=reject.rejected_at
        )
    ]
    deleted, _ = Reject.objects.filter(pk__in=doomed).delete()
    return deleted


def forget_uploads(listener: Listener | None) -> int:
    """Archives that wait for their import lie below DATA_DIR."""
    waiting = HistoryImport.objects.filter(listener=listener).exclude(path="")
    return sum(uploads.discard(history) for history in waiting)
