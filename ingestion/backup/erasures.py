"""The list of erasures beside the backups: what was erased since is erased again by a restore.

Each request to erase is written there before it is carried out. Where a destination is away (a disk
in a drawer), what it has to know waits in the database, and is written as soon as it is back. A
list names listeners by their ids, as the backups beside it do; delete both together.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import orjson
from django.db import models
from django.dispatch import receiver
from redis.exceptions import RedisError

from ingestion.backup.archive import BackupError, open_destination
from ingestion.models import BackupDestination
from spotifyweb import locks, signals
from spotifyweb.accounts.models import Connection, Listener, Token
from spotifyweb.lake import Lake, LakeError, ObjectNotFound, Suppression
from spotifyweb.privacy import execution, suppression
from spotifyweb.privacy.models import ErasedAccount, ErasureRequest
from spotifyweb.privacy.stores import ErasureScope

log = logging.getLogger(__name__)

KEY = "erasures.json"
COPIED = (
    "kind",
    "source",
    "since",
    "until",
    "first_date",
    "last_date",
    "began",
    "device_started_at",
    "salt",
    "items",
    "zone",
    "asked_at",
)
DESTINATION_ERRORS = (LakeError, BackupError, RedisError, locks.LockHeld, OSError)
Entries = dict[str, dict[str, Any]]  # a request's token -> what it erases


@receiver(signals.erasure_started)
def note(erasure: ErasureRequest, **_: object) -> None:
    """Add the request to the list of every destination, or to what waits for it."""
    _add({erasure.token: _entry(erasure)})


@receiver(signals.suppression_lifted)
def lift(listener: Listener, **_: object) -> None:
    """Take lifted suppressions off every list."""
    lifted = ErasureRequest.objects.filter(listener=listener).exclude(lifted_at=None)
    _add(dict.fromkeys(lifted.values_list("token", flat=True)))


def _add(changes: dict[str, Any]) -> None:
    for destination in BackupDestination.objects.all():
        destination.unwritten = {**destination.unwritten, **changes}
        destination.save(update_fields=["unwritten"])
    write_all()


def write_all() -> int:
    """Update the list of every destination that can be reached; return how many still wait."""
    behind = 0
    for destination in BackupDestination.objects.exclude(unwritten={}):
        try:
            write(destination)
        except DESTINATION_ERRORS as error:
            behind += 1
            log.warning(
                "could not update the list of erasures in %s yet: %s", destination.url, error
            )
    return behind


def write(destination: BackupDestination) -> None:
    """Add what waits to the destination's list. Raises whatever DESTINATION_ERRORS names."""
    with locks.lock(f"erasure list:{destination.pk}", wait_seconds=5):
        destination.refresh_from_db()
        store = open_destination(destination.url)
        entries = {**read(store), **destination.unwritten}
        remaining = {token: entry for token, entry in entries.items() if entry}
        store.put(KEY, orjson.dumps(remaining, option=orjson.OPT_INDENT_2))
        destination.unwritten = {}
        destination.save(update_fields=["unwritten"])


def read(store: Lake) -> Entries:
    try:
        entries: Entries = orjson.loads(store.get(KEY))
    except ObjectNotFound:
        return {}
    return entries


def _entry(request: ErasureRequest) -> dict[str, Any]:
    rows = request.erased_accounts.values("user_id", "source", "before")
    values: dict[str, Any] = {
        "user_id": request.listener.user_id if request.listener else "",
        **{name: getattr(request, name) for name in COPIED},
        "erasures": list(rows),
    }
    plain: dict[str, Any] = orjson.loads(orjson.dumps(values))
    return plain


def adopt(entries: Entries) -> list[ErasureRequest]:
    """Make open requests of a list's entries in a restored database; return those to carry out.

    A request that the backup knows as carried out is left alone; so is a suppression of an unknown
    listener.
    """
    done = ErasureRequest.objects.exclude(first_pass_at=None).values_list("token", flat=True)
    pending = {token: entry for token, entry in entries.items() if token not in set(done)}
    requests = [_adopt_entry(token, entry) for token, entry in pending.items()]
    return [request for request in requests if request is not None]


def _adopt_entry(token: str, entry: dict[str, Any]) -> ErasureRequest | None:
    listener = Listener.objects.filter(user_id=entry["user_id"]).first()
    if entry["kind"] in ErasureRequest.SUPPRESSING and listener is None:
        return None
    ErasureRequest.objects.filter(token=token).delete()
    known = [name for name in COPIED if name in entry]  # older versions copied fewer
    fields = {name: _value(name, entry[name]) for name in known}
    request = ErasureRequest.objects.create(token=token, listener=listener, **fields)
    for row in entry["erasures"]:
        before = datetime.fromisoformat(row["before"])
        ErasedAccount.objects.update_or_create(
            user_id=row["user_id"],
            source=row["source"],
            defaults={"before": before, "request": request},
        )
    return request


def _value(name: str, plain: Any) -> Any:
    field = cast("models.Field[Any, Any]", ErasureRequest._meta.get_field(name))
    return plain if plain is None else field.to_python(plain)


def suppressions(requests: Sequence[ErasureRequest]) -> list[Suppression]:
    """Return what these requests erase, for events on their way into the log."""
    suppressing = [request for request in requests if request.kind in ErasureRequest.SUPPRESSING]
    erasing = [request for request in requests if request.kind not in ErasureRequest.SUPPRESSING]
    scopes = filter(None, map(ErasureScope.of, erasing))
    erased = [covered for scope in scopes for covered in scope.erased]
    return erased + [suppression.suppression_of(request) for request in suppressing]


def carry_out(requests: Sequence[ErasureRequest], *, clock: execution.Clock) -> None:
    """Erase what these requests cover from the restored stores. The build follows."""
    for request in requests:
        for row in request.erased_accounts.all():
            _disconnect(row.user_id, is_whole=not row.source)
        execution.first_pass(request, clock=clock, queue_build=False)


def _disconnect(user_id: str, *, is_whole: bool) -> None:
    """Disconnect the listener again: the backup knows them as they were before."""
    Token.objects.filter(listener__user_id=user_id).delete()
    left: dict[str, Any] = {"connection": Connection.DISCONNECTED, "consented_at": None}
    left |= {"image_url": "", "spotify_id": ""} | ({"is_active": False} if is_whole else {})
    Listener.objects.filter(user_id=user_id).update(**left)
