"""The schedule of periodic tasks, and its installation into django-celery-beat.

What an admin changes in the Django admin stays: `enabled` and the interval are set only once; task,
expiry and description follow the schedule below, queues CELERY_TASK_ROUTES.
"""

from dataclasses import dataclass

from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from nowplaying.poll_interval import TICK_SECONDS

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicRow:
    task: str
    every_seconds: int
    description: str
    expires_seconds: int | None = None  # a task that waited longer is dropped


SCHEDULE: dict[str, PeriodicRow] = {
    "Fetch plays and likes": PeriodicRow(
        task="ingestion.produce",
        every_seconds=HOUR,
        expires_seconds=HOUR,
        description="Spotify keeps only the last 50 plays of a listener.",
    ),
    "Load events into the lake": PeriodicRow(
        task="ingestion.consume_all",
        every_seconds=MINUTE,
        expires_seconds=MINUTE,
        description="Keeps the event log small; loaded events queue a transform.",
    ),
    "Poll players": PeriodicRow(
        task="nowplaying.tick",
        every_seconds=TICK_SECONDS,
        expires_seconds=TICK_SECONDS,
        description="Polls the players that are due: often while music plays, rarely otherwise.",
    ),
    "Build the warehouse": PeriodicRow(
        task="ingestion.transform",
        every_seconds=6 * HOUR,
        expires_seconds=HOUR,
        description="Also after changed time zones, metadata or a new day; without news it does"
        " nothing.",
    ),
    "Fetch metadata": PeriodicRow(
        task="ingestion.enrich",
        every_seconds=HOUR,
        expires_seconds=HOUR,
        description="Fetches missing lengths, covers and artists within the daily budget, and"
        " renews them.",
    ),
    "Restart interrupted imports": PeriodicRow(
        task="ingestion.resume_imports",
        every_seconds=5 * MINUTE,
        expires_seconds=MINUTE,
        description="A killed worker leaves an upload behind; importing it again counts nothing"
        " twice.",
    ),
    "Store API call counts": PeriodicRow(
        task="nowplaying.keep_counts",
        every_seconds=5 * MINUTE,
        expires_seconds=5 * MINUTE,
        description="Copies counts of calls to Spotify from Valkey into the database.",
    ),
    "Complete erasures": PeriodicRow(
        task="accounts.finish_erasures",
        every_seconds=10 * MINUTE,
        expires_seconds=10 * MINUTE,
        description="Erases late events once the log is empty, and retries what failed.",
    ),
    "List erasures beside backups": PeriodicRow(
        task="ingestion.list_erasures",
        every_seconds=10 * MINUTE,
        expires_seconds=10 * MINUTE,
        description="Restores repeat later erasures; a destination may have been unreachable.",
    ),
    "Send messages": PeriodicRow(
        task="ingestion.notify",
        every_seconds=5 * MINUTE,
        expires_seconds=5 * MINUTE,
        description="Alerts that waited, the daily summary, and what listeners want to know.",
    ),
    "Compact the lake": PeriodicRow(
        task="ingestion.compact",
        every_seconds=DAY,
        expires_seconds=DAY,
        description="Makes one object of a finished day's many, and deletes those an hour later.",
    ),
    "Evaluate recommendations": PeriodicRow(
        task="recommendations.evaluate",
        every_seconds=6 * HOUR,
        expires_seconds=HOUR,
        description="Once in 30 days, of a build that was not evaluated yet, in a process of its"
        " own.",
    ),
    "Collect costs": PeriodicRow(
        task="ingestion.collect_costs",
        every_seconds=DAY,
        expires_seconds=HOUR,
        description="For the admin and its alert; does nothing on another warehouse.",
    ),
    "Delete old runs": PeriodicRow(
        task="ingestion.tidy",
        every_seconds=DAY,
        expires_seconds=HOUR,
        description="Deletes old runs and metadata.",
    ),
}


FORMER_NAMES = {  # as older versions installed them
    "fetch plays and likes": "Fetch plays and likes",
    "land events in the lake": "Load events into the lake",
    "look at the players": "Poll players",
    "build the warehouse": "Build the warehouse",
    "fill the catalogue": "Fetch metadata",
    "start interrupted imports over": "Restart interrupted imports",
    "keep the counts of calls": "Store API call counts",
    "complete erasures": "Complete erasures",
    "list erasures beside backups": "List erasures beside backups",
    "send messages": "Send messages",
    "compact the lake": "Compact the lake",
    "evaluate the recommendations": "Evaluate recommendations",
    "forget old runs": "Delete old runs",
}


def install() -> list[str]:
    """Install or update every row of SCHEDULE; returns the names of new ones."""
    for former, name in FORMER_NAMES.items():
        _rename(former, name)
    return [name for name, row in SCHEDULE.items() if _install_row(name, row)]


def _rename(former: str, name: str) -> None:
    """Rename a row with what an admin changed; one that an older version added again is deleted."""
    rows = PeriodicTask.objects.filter(name=former)
    if PeriodicTask.objects.filter(name=name).exists():
        rows.delete()
    elif rows.update(name=name):
        PeriodicTasks.update_changed()  # beat reads the schedule anew


def _install_row(name: str, row: PeriodicRow) -> bool:
    interval, _ = IntervalSchedule.objects.get_or_create(
        every=row.every_seconds, period=IntervalSchedule.SECONDS
    )
    values = {
        "task": row.task,
        "queue": None,  # CELERY_TASK_ROUTES decides
        "expire_seconds": row.expires_seconds,
        "description": row.description,
    }
    _, is_new = PeriodicTask.objects.update_or_create(
        name=name, defaults=values, create_defaults={**values, "interval": interval}
    )
    return bool(is_new)
