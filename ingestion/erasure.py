"""Erase what the pipeline keeps of a listener, beyond the rows that go with the account."""

from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar

from django.db.models import Q
from django.dispatch import receiver

from ingestion.fetch import albums
from ingestion.history_import import jobs, reconciliation, uploads
from ingestion.models import Alert, Cursor, HistoryImport, MessageAddress, Reject, Run, SentMessage
from spotifyweb import clients, locks
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Suppression, suppression
from spotifyweb.privacy import registry
from spotifyweb.privacy.registry import Counts, PersonalData
from spotifyweb.signals import suppression_lifted
from spotifyweb.warehouse import WarehouseError


@registry.register
class PipelineData(PersonalData):
    """Cursors, gaps, imports with files and ledgers, rejects, runs, the address for messages."""

    tables: ClassVar[Mapping[str, str]] = {
        "ingestion.Cursor": "deleted when the listener leaves, and with their row",
        "ingestion.Gap": "deleted with the listener's row",
        "ingestion.HistoryImport": "deleted with the listener's row; before, files and quoted rows",
        "ingestion.MessageAddress": "deleted when the listener leaves, and with their row",
        "ingestion.SentMessage": "deleted with the listener's row",
        "ingestion.Reject": "deleted where the erasure covers the record",
    }

    def erase_all(
        self, user_id: str, listener: Listener | None, sources: tuple[str, ...]
    ) -> Counts:
        """Delete rejected records and, for a whole erasure, all imports. Safe to repeat."""
        suppressions = [Suppression(user_id=user_id, source=source) for source in sources or ("",)]
        counts = {"examples of unreadable records": sum(map(erase_rejects, suppressions))}
        if listener is not None:  # a later login fetches everything anew
            Cursor.objects.filter(listener=listener).delete()
            if not sources:
                MessageAddress.objects.filter(listener=listener).delete()
                SentMessage.objects.filter(listener=listener).delete()
        if not sources:
            jobs.forget(user_id)
            if listener is not None:
                erase_coverage(listener)
            counts["uploaded files"] = erase_uploads(listener)
            of_listener = Q(subject=user_id) | Q(subject__startswith=f"{user_id}: ")  # of imports
            counts["lists of artists' albums"] = erase_albums(user_id)
            deleted, _ = Run.objects.filter(of_listener).delete()
            counts["log entries of fetches and imports"] = deleted
            Alert.objects.filter(of_listener).delete()
        return counts

    def erase_part(self, listener: Listener, erased: Suppression) -> Counts:
        """Delete rejected records, quoted rows of imports, and coverage of an erased source."""
        if erased.source and erased.until is None and not erased.items:
            erase_coverage(listener, erased.source)
        return {
            "examples of unreadable records": erase_rejects(erased),
            "examples from imports": sum(
                reconciliation.delete_samples(history, erased)
                for history in HistoryImport.objects.filter(listener=listener)
            ),
        }

    def is_busy(self, listener: Listener) -> bool:
        """Return whether a fetch or an import of this listener is running."""
        names = (f"produce:{listener.pk}", f"import:{listener.user_id}")
        return any(map(locks.is_held, names))


@receiver(suppression_lifted)
def allow_reimport(listener: Listener, **_: object) -> None:
    """Forget what was imported and fetched, so that a lifted suppression lets it come again."""
    jobs.forget(listener.user_id)
    cursors = Cursor.objects.filter(listener=listener)
    cursors.update(page=[])
    cursors.filter(stream=Cursor.Stream.LIKES).update(crawl_offset=0)


def erase_albums(user_id: str) -> int:
    """Delete the albums of artists whom nobody else plays; a warehouse that is down has 30 days."""
    with suppress(WarehouseError):
        return albums.erase_artists(clients.warehouse(), user_id)
    return 0


def erase_coverage(listener: Listener, source: str = "") -> None:
    """Remove the coverage of one source, or of all: what was erased covers nothing any more."""
    for history in HistoryImport.objects.filter(listener=listener).exclude(covered=[]):
        history.covered = [row for row in history.covered if source and row[0] != source]
        history.save(update_fields=["covered"])


def erase_rejects(erased: Suppression) -> int:
    """Delete the listed rejects that this erasure covers; return how many."""
    covered = [
        reject.pk
        for reject in Reject.objects.filter(user_id=erased.user_id)
        if suppression.matches_raw(
            erased, key=reject.user_id, raw=reject.raw_start.encode(), at=reject.rejected_at
        )
    ]
    deleted, _ = Reject.objects.filter(pk__in=covered).delete()
    return deleted


def erase_uploads(listener: Listener | None) -> int:
    """Delete the files of imports that wait."""
    waiting = HistoryImport.objects.filter(listener=listener).exclude(path="")
    return sum(uploads.discard(history) for history in waiting)
