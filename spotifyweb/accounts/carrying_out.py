"""An order to erase, step by step, until a build without it is published.

    log ─▶ lake ─▶ database ─▶ caches ─▶ cleansed ─▶ a build is asked for
    a minute later, with what was on its way: log, lake, database again ─▶ settled
    a published build that began after the last row was taken out ─▶ caches again ─▶ done

Each step is written down when it is over, and every step may be repeated: whoever was killed is
followed by the next round, which goes on where it stopped. A build that is red is asked for again.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from spotifyweb import clients, events, locks
from spotifyweb.accounts import places, sessions, signals
from spotifyweb.accounts.models import ApiToken, Connection, Erasure, Listener, Order
from spotifyweb.accounts.places import Subject
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError
from spotifyweb.warehouse import WarehouseError

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
TROUBLE = (LakeError, LogError, WarehouseError, RedisError, locks.LockLost)
IN_FLIGHT = timedelta(seconds=settings.SINK_MAX_SECONDS + 10)  # a drain that began before is over
BUILT = "select as_of, build_id from gold.build_info"


def go_on(*, clock: Clock) -> int:
    """Bring every open order on; returns how many are done now."""
    adopt()
    waiting = list(Order.objects.filter(done_at=None).order_by("asked_at"))
    for order in waiting:
        try:
            advance(order, clock=clock)
        except locks.LockHeld:
            log.info("order %s is being carried out", order.pk)
        except TROUBLE as error:  # it stays open for the next round, and holds up no other
            log.warning("order %s: %s", order.pk, error)
    if wants_build():
        rebuild_warehouse()
    return sum(order.done_at is not None for order in waiting)


def wants_build() -> bool:
    """Whether something was taken out that the build still holds that readers see."""
    taken_out = Order.objects.filter(done_at=None).exclude(cleansed_at=None)
    if not taken_out.exists():
        return False
    built = built_as_of()
    return built is None or taken_out.filter(cleansed_at__gt=built[0]).exists()


def adopt() -> None:
    """What was asked before there were orders gets one."""
    for row in Erasure.objects.filter(order=None):
        kind = Order.Kind.SPOTIFY if row.source else Order.Kind.EVERYTHING
        row.order = Order.objects.create(kind=kind, asked_at=row.before)
        row.save(update_fields=["order"])


def advance(order: Order, *, clock: Clock) -> None:
    """As far as it can go now. Raises locks.Held while another is at it."""
    if order.cleansed_at is None:
        perform(order, clock=clock)
    if order.settled_at is None and is_quiet(order, now=clock()):
        settle(order, clock=clock)
    if order.settled_at is not None:
        complete(order, now=clock())


def perform(order: Order, *, clock: Clock, asks_for_build: bool = True) -> None:
    """The first pass over all places; what was done before it was cut off is not done again.

    Whoever builds after several orders asks for no build after each.
    """
    with locks.lock(f"erasing:{order.pk}"):
        order.refresh_from_db()
        subject = Subject.of(order)
        if subject is None or order.cleansed_at is not None:
            return
        signals.erasure_begun.send(sender=Order, order=order)
        for name, step in _steps(order, subject, clock):
            if name not in order.steps:
                order.note(name, step(), at=clock())
        order.cleansed_at = clock()
        order.save(update_fields=["cleansed_at"])
    if asks_for_build:
        rebuild_warehouse()


def _steps(
    order: Order, subject: Subject, clock: Clock
) -> list[tuple[str, Callable[[], Mapping[str, int]]]]:
    return [
        ("log", lambda: places.from_log(subject)),
        ("lake", lambda: places.from_lake(subject, order)),
        ("database", lambda: {**places.from_database(subject), **leave_row(subject)}),
        ("caches", lambda: places.from_caches(subject, now=clock())),
    ]


def leave_row(subject: Subject) -> Mapping[str, int]:
    """Of somebody who leaves with everything: their row, and whatever hangs on it."""
    listener = subject.listener
    if listener is None or not (subject.is_leaving and subject.is_whole):
        return {}
    kinds = ContentType.objects.get_for_models(Listener, ApiToken)
    LogEntry.objects.filter(content_type=kinds[Listener], object_id=str(listener.pk)).delete()
    tokens = LogEntry.objects.filter(content_type=kinds[ApiToken])
    tokens.filter(object_repr__endswith=f" of {listener}").delete()  # a revoked one has no row
    ended = sessions.end(listener)
    deleted, _ = listener.delete()
    return {"rows in the database": deleted, "sessions": ended}


def is_quiet(order: Order, *, now: datetime) -> bool:
    """Whether what was on its way has landed. A mark stays, so it need not wait for the log."""
    if order.cleansed_at is None or order.cleansed_at > now - IN_FLIGHT:
        return False
    if order.listener is not None:
        answers = signals.at_work.send(sender=Listener, listener=order.listener)
        if any(answer for _, answer in answers):
            return False
    return order.kind in Order.MARKS or not any(map(clients.event_log().lag, events.TOPICS))


def settle(order: Order, *, clock: Clock) -> None:
    """Once more, for what landed or was fetched in the meantime; then who left is forgotten."""
    with locks.lock(f"erasing:{order.pk}"):
        _follow_who_left(order, now=clock())
        if subject := Subject.of(order):
            late = dict(places.from_log(subject))
            before = _taken_out(order)
            places.from_lake(subject, order)
            late["rows in the lake"] = _taken_out(order) - before
            late |= {**places.from_database(subject), **leave_row(subject)}
            places.from_caches(subject, now=clock())
            order.note("late", late, at=clock())
            if late["rows in the lake"]:
                order.cleansed_at = clock()
        order.settled_at = clock()
        order.save(update_fields=["cleansed_at", "settled_at"])
        order.erasures.all().delete()
    places.forget_written_commands()


def _taken_out(order: Order) -> int:
    return sum(told["rows"] for told in order.objects_rewritten.values())


def _follow_who_left(order: Order, *, now: datetime) -> None:
    """A fetch that went on while they left may have appended after that: all of theirs goes until
    now, or until they came back.
    """
    for row in order.erasures.all():
        theirs = Listener.objects.filter(user_id=row.user_id)
        back = theirs.exclude(connection=Connection.DISCONNECTED).first()
        row.before = max(row.before, (back.consented_at or back.created_at) if back else now)
        row.save(update_fields=["before"])


def complete(order: Order, *, now: datetime) -> None:
    """Done when readers see a build that began after the last row was taken out."""
    built = built_as_of()
    if built is None or order.cleansed_at is None or built[0] < order.cleansed_at:
        return
    counts = places.from_answers(order.listener.user_id if order.listener else "")
    order.build_id, order.done_at = built[1], now
    order.note("warehouse", counts, at=now)
    order.save(update_fields=["build_id", "done_at"])
    places.forget_written_commands()


def built_as_of() -> tuple[datetime, str] | None:
    """Of the published build: until when it read the lake, and its id."""
    try:
        (built,) = clients.warehouse().rows(BUILT)
    except WarehouseError as error:
        log.info("nothing is published: %s", error)
        return None
    return built["as_of"], built["build_id"]


def rebuild_warehouse() -> None:
    try:
        current_app.send_task("ingestion.transform", kwargs={"full_refresh": True})
    except OperationalError as error:
        log.warning("a build is asked for in the next round: %s", error)
