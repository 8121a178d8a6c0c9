"""Celery tasks of the pipeline. Each takes ids, makes one call, and may run twice.

A task that fails is retried three times, five minutes apart, where its error says that this can
help. A stage that another run holds is left to that run.
"""

from datetime import datetime
from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.utils import timezone

from ingestion.backup import erasures
from ingestion.fetch import albums, artists, catalogue, enrichment, gaps, producer
from ingestion.history_import import jobs, uploads
from ingestion.messages import delivery
from ingestion.models import HistoryImport, Run, Stage, Trigger
from ingestion.operations import alerts, costs, retention, retries, runs
from ingestion.pipeline import builds, compaction, sink
from ingestion.pipeline.replay import parse_start
from spotifyweb import clients, events, locks
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError, ObjectNotFound
from spotifyweb.monitoring import publication, upgrade

RETRIES = retries.RETRIES
RETRY_SECONDS = int(retries.PAUSE.total_seconds())
# What no worker began is dropped where it is asked for again: a fetch every hour, a build by each
# drain, an import every five minutes.
FETCH_EXPIRES_SECONDS, BUILD_EXPIRES_SECONDS, IMPORT_EXPIRES_SECONDS = 60 * 60, 60, 5 * 60
BUILD_RETRY_SECONDS = 60  # before a build that must be asks again whether another one goes on


def retry_later(task: Task, error: Exception | None = None) -> None:
    """Try a task again in five minutes, three times; then its run and the alert say what failed."""
    if task.request.retries < RETRIES:
        raise task.retry(exc=error, countdown=RETRY_SECONDS)


@shared_task(name="ingestion.produce")
def produce(*, trigger: str = "", **_: Any) -> None:
    """Start one task for each connected listener, so that none waits for another."""
    for pk in Listener.objects.connected().values_list("pk", flat=True):
        produce_listener.apply_async(
            kwargs={"listener_pk": pk, "trigger": trigger}, expires=FETCH_EXPIRES_SECONDS
        )
    gaps.extend_lapsed_gaps(now=timezone.now())


@shared_task(name="ingestion.produce_listener", bind=True, max_retries=RETRIES)
def produce_listener(
    self: Task, *, listener_pk: int, at_once: bool = False, trigger: str = "", **_: Any
) -> None:
    """Fetch for one listener.

    `at_once` also lands and builds, as somebody waits for their first page.
    """
    listener = Listener.objects.connected().filter(pk=listener_pk).first()
    if listener is None:
        return  # disconnected since the task was sent
    now = timezone.now()
    try:
        trigger = trigger or (Trigger.LOGIN if at_once else "")
        with runs.recording(Stage.PRODUCE, listener.user_id, now=now, trigger=trigger) as run:
            producer.fetch(run, listener=listener, log=clients.event_log(), now=now)
    except locks.LockHeld:
        return
    except producer.FETCH_ERRORS as error:
        if is_worth_a_retry(error):
            retry_later(self, error)
        return  # recorded: only a person can mend it, or the next fetch comes first
    if at_once:
        consume_all.delay(at_once=True, trigger=trigger)


def is_worth_a_retry(error: Exception) -> bool:
    """Return whether trying again before the next hourly fetch can help."""
    waits_seconds: float = getattr(error, "retry_after_seconds", 0)
    return bool(getattr(error, "retry", False)) and waits_seconds <= RETRIES * RETRY_SECONDS


@shared_task(name="ingestion.consume_all")
def consume_all(*, at_once: bool = False, trigger: str = "", **_: Any) -> None:
    """Drain all topics.

    `at_once` asks for a build of what landed without the pause between builds. A build that runs
    already may have begun before the events landed, so another one follows it.
    """
    done = sink.drain_all(
        log=clients.event_log(),
        store=clients.lake(),
        limits=sink.scheduled_limits(),
        clock=timezone.now,
        trigger=trigger,
    )
    if at_once and any(run.counts.get("objects") for run in done):
        transform.delay(since=timezone.now().isoformat(), trigger=trigger)
    else:
        _build_news()


def _build_news() -> None:
    """Ask for a build of what landed, if one is due."""
    if builds.is_due(now=timezone.now()):
        transform.apply_async(kwargs={"trigger": Trigger.NEWS}, expires=BUILD_EXPIRES_SECONDS)


@shared_task(name="ingestion.replay")
def replay(*, at: str, topic: str = "", partition: int | None = None, **_: Any) -> None:
    """Land what the lake lacks of records that landed before, from a time or an offset on."""
    sink.drain_all(
        log=clients.event_log(),
        store=clients.lake(),
        limits=sink.limits(),
        clock=timezone.now,
        trigger=Trigger.PERSON,
        topics=[topic] if topic else events.TOPICS,
        start=parse_start(at, topic=topic, partition=partition),
    )
    _build_news()


@shared_task(name="ingestion.transform", bind=True, max_retries=None)
def transform(
    self: Task,
    *,
    full_refresh: bool = False,
    since: str = "",
    if_outdated: bool = False,
    trigger: str = "",
    **_: Any,
) -> None:
    """Build the warehouse, where anything changed since the published build.

    A person's `trigger` builds in any case. `full_refresh` follows an erasure: no earlier build is
    kept either. `since` is when something was decided or landed: a build that began later will do.
    `if_outdated` is for the start: a build that this version made will do. Another running build
    may know of none of these, so this one waits.
    """
    now = timezone.now()
    if if_outdated and upgrade.rebuild() is None:
        return
    if since and runs.has_begun(Stage.TRANSFORM, since=datetime.fromisoformat(since)):
        return

    is_forced = trigger == Trigger.PERSON
    if builds.is_paused() and not (is_forced or full_refresh):
        return

    def work(run: Run) -> None:
        builds.run_transform(
            run,
            is_forced=is_forced,
            store=clients.lake(),
            builds=clients.builds(),
            folder=settings.DATA_DIR / "dbt",
            now=now,
            full_refresh=full_refresh,
            forget_older=full_refresh,
            only_with_news=not (full_refresh or is_forced),
        )

    asked_by = trigger or _trigger(full_refresh=full_refresh, since=since, if_outdated=if_outdated)
    run = runs.run_safely(Stage.TRANSFORM, "", work, now=now, trigger=asked_by)
    if run.status == Run.Status.SUCCEEDED:
        alerts.ping()
    is_running_elsewhere = run.status == Run.Status.SKIPPED and not run.attempt
    if is_running_elsewhere and (full_refresh or since or if_outdated):
        raise self.retry(countdown=BUILD_RETRY_SECONDS)


def _trigger(*, full_refresh: bool, since: str, if_outdated: bool) -> str:
    """Return who asks for a build where its sender does not say so."""
    asked = {
        Trigger.ERASURE: full_refresh,
        Trigger.DECISION: bool(since),
        Trigger.START: if_outdated,
    }
    return next((trigger for trigger, is_asking in asked.items() if is_asking), Trigger.SCHEDULE)


@shared_task(name="ingestion.import_history")
def import_history(*, import_pk: int, **_: Any) -> None:
    """Import what a listener uploaded, and have it built into the warehouse at once.

    What cannot be done now keeps waiting for `ingestion.resume_imports`.
    """
    history = HistoryImport.objects.filter(pk=import_pk).first()
    if history is None or history.is_finished:
        return
    uploads.sweep_folder(now=timezone.now())
    try:
        with uploads.local_files(history) as paths:
            jobs.run_import(history, paths, log=clients.event_log(), now=timezone.now())
    except locks.LockHeld:
        return
    except ObjectNotFound:
        jobs.give_up(history, now=timezone.now())
    except (LogError, LakeError) as error:
        jobs.postpone(history, error)
        raise
    finally:
        if history.is_finished:  # also by a fault of ours: the reason is stored, the files go
            uploads.discard(history)
            _import_next(history.listener)
    consume_all.delay(at_once=True, trigger=Trigger.UPLOAD)


def _import_next(listener: Listener) -> None:
    """Start the oldest upload of a listener that waited for another import."""
    waiting = HistoryImport.objects.filter(listener=listener, status=HistoryImport.Status.WAITING)
    if (oldest := waiting.order_by("pk").first()) is not None:
        import_history.delay(import_pk=oldest.pk)


@shared_task(name="ingestion.resume_imports")
def resume_imports(**_: Any) -> None:
    """Restart imports whose worker was killed or whose log was down, and delete orphaned files."""
    uploads.sweep(now=timezone.now())
    for history in jobs.interrupted_imports(now=timezone.now()):
        import_history.apply_async(kwargs={"import_pk": history.pk}, expires=IMPORT_EXPIRES_SECONDS)


@shared_task(name="ingestion.enrich", bind=True, max_retries=RETRIES)
def enrich(self: Task, *, trigger: str = "", **_: Any) -> None:
    """Spend an hour's share of the day's budgets for the catalogue and for artists' albums."""
    now, warehouse = timezone.now(), clients.warehouse()
    listener = Listener.objects.connected().order_by("pk").first()
    missing = catalogue.missing_tracks(warehouse, now=now)
    missing_artists = artists.missing_artists(warehouse, now=now)
    wanted = albums.next_albums(warehouse, now=now)
    has_room = clients.spotify_quota().has_room("artist_albums", now=now)
    pages = albums.next_pages(warehouse, now=now) if has_room else []
    if listener is None or not (missing or missing_artists or wanted or pages):
        return

    def work(run: Run) -> None:
        with locks.lock("enrich"):
            enrichment.enrich(
                run,
                listener=listener,
                missing=missing,
                artists=missing_artists,
                wanted_albums=wanted,
                pages=pages[: settings.SPOTIFY_DAILY_ARTIST_ALBUMS_CALLS // 24 + 1],
                calls=settings.SPOTIFY_DAILY_CATALOGUE_CALLS // 24 + 1,
                now=now,
            )

    run = runs.run_safely(Stage.ENRICH, "", work, now=now, trigger=trigger)
    if run.status == Run.Status.FAILED:
        retry_later(self)


@shared_task(name="ingestion.list_erasures")
def list_erasures(**_: Any) -> None:
    """Update the lists of erasures of backup destinations that could not be reached before."""
    erasures.write_all()


@shared_task(name="ingestion.notify")
def notify(**_: Any) -> None:
    """Send the alerts and messages that are due."""
    delivery.send_due(now=timezone.now())


@shared_task(name="ingestion.compact", bind=True, max_retries=RETRIES)
def compact(self: Task, *, trigger: str = "", **_: Any) -> None:
    """Compact the lake; what was replaced is deleted by a second task after an hour."""
    now = timezone.now()

    def work(run: Run) -> None:
        run.counts = compaction.compact_all(store=clients.lake(), clock=timezone.now)

    run = runs.run_safely(Stage.TIDY, "lake", work, now=now, trigger=trigger)
    if run.status == Run.Status.FAILED:
        retry_later(self)
    elif run.counts.get("written"):
        compact.apply_async(countdown=compaction.SWEEP_SECONDS)


@shared_task(name="ingestion.tidy", bind=True, max_retries=RETRIES)
def tidy(self: Task, *, trigger: str = "", **_: Any) -> None:
    now = timezone.now()

    def work(run: Run) -> None:
        run.counts = retention.tidy(now=now)

    run = runs.run_safely(Stage.TIDY, "", work, now=now, trigger=trigger)
    if run.status == Run.Status.FAILED:
        retry_later(self)


@shared_task(name="ingestion.collect_costs")
def collect_costs(*, trigger: str = "", **_: Any) -> None:
    """Collect what Snowflake cost, where it is the warehouse."""
    if publication.is_billed():
        costs.collect(clients.snowflake_usage(), now=timezone.now(), trigger=trigger)
