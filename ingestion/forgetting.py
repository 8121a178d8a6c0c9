"""What the pipeline keeps of a listener besides rows that go with them: forgotten on request."""

from django.db.models import Q
from django.dispatch import receiver

from ingestion.importing import bookkeeping, ledger, uploads
from ingestion.models import Alarm, Cursor, HistoryImport, Reject, Run
from spotifyweb.accounts.models import Listener
from spotifyweb.accounts.signals import forgetting


@receiver(forgetting)
def forget(
    user_id: str, listener: Listener | None, sources: tuple[str, ...], **_: object
) -> dict[str, int]:
    """Rejected records, and for a whole erasure what they imported; safe to repeat."""
    counts = {"listed rejects": forget_rejects(user_id, sources)}
    if listener is not None:  # a later login fetches everything anew
        Cursor.objects.filter(listener=listener).delete()
    if not sources:
        ledger.forget(bookkeeping.ledgers(), user_id)
        counts["uploaded files"] = forget_uploads(listener)
        theirs = Q(subject=user_id) | Q(subject__startswith=f"{user_id}: ")  # imports name the file
        counts["recorded runs"] = Run.objects.filter(theirs).delete()[0]
        Alarm.objects.filter(theirs).delete()
    return counts


def forget_rejects(user_id: str, sources: tuple[str, ...]) -> int:
    theirs = Reject.objects.filter(raw_start__contains=user_id)
    doomed = [
        reject.pk
        for reject in theirs
        if not sources or any(source in reject.raw_start for source in sources)
    ]
    deleted, _ = Reject.objects.filter(pk__in=doomed).delete()
    return deleted


def forget_uploads(listener: Listener | None) -> int:
    """Archives that wait for their import lie below DATA_DIR."""
    waiting = HistoryImport.objects.filter(listener=listener).exclude(path="")
    return sum(uploads.discard(history) for history in waiting)
