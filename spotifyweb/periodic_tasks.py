"""The schedule of periodic tasks, and its installation into django-celery-beat.

What an admin changes in the Django admin stays: `enabled` and the interval are set only once; task,
expiry and description follow the schedule below, queues CELERY_TASK_ROUTES.
"""

from dataclasses import dataclass

from django_celery_beat.models import IntervalSchedule, PeriodicTask

from nowplaying.poll_interval import TICK_SECONDS

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicRow:
    task: str
    every_seconds: int
    why: str
    expires_seconds: int | None = None  # a task that waited longer is dropped


SCHEDULE: dict[str, PeriodicRow] = {
    "fetch plays and likes": PeriodicRow(
        task="ingestion.produce",
        every_seconds=HOUR,
        expires_seconds=HOUR,
        why="Spotify keeps only the last 50 plays of a listener.",
    ),
    "land events in the lake": PeriodicRow(
        task="ingestion.consume_all",
        every_seconds=MINUTE,
        expires_seconds=MINUTE,
        why="Short drains keep the event log small; landed events queue a transform.",
    ),
    "look at the players": PeriodicRow(
        task="nowplaying.tick",
        every_seconds=TICK_SECONDS,
        expires_seconds=TICK_SECONDS,
        why="Polls the players that are due: often while music plays, seldom in silence.",
    ),
    "build the warehouse": PeriodicRow(
        task="ingestion.transform",
        every_seconds=6 * HOUR,
        expires_seconds=HOUR,
        why="Time zones, the catalogue and the day are news too; without any it does nothing.",
    ),
    "fill the catalogue": PeriodicRow(
        task="ingestion.enrich",
        every_seconds=HOUR,
        expires_seconds=HOUR,
        why="Fetches missing lengths, covers and artists within the daily budget, and renews them.",
    ),
    "start interrupted imports over": PeriodicRow(
        task="ingestion.resume_imports",
        every_seconds=5 * MINUTE,
        expires_seconds=MINUTE,
        why="A killed worker leaves an upload behind; importing it again counts nothing twice.",
    ),
    "keep the counts of calls": PeriodicRow(
        task="nowplaying.keep_counts",
        every_seconds=5 * MINUTE,
        expires_seconds=5 * MINUTE,
        why="Copies counts of calls to Spotify from Valkey into the database.",
    ),
    "complete erasures": PeriodicRow(
        task="accounts.finish_erasures",
        every_seconds=10 * MINUTE,
        expires_seconds=10 * MINUTE,
        why="Erases late events once the log is empty, and retries what failed.",
    ),
    "list erasures beside backups": PeriodicRow(
        task="ingestion.list_erasures",
        every_seconds=10 * MINUTE,
        expires_seconds=10 * MINUTE,
        why="Restores repeat later erasures; a destination may have been unreachable.",
    ),
    "send messages": PeriodicRow(
        task="ingestion.notify",
        every_seconds=5 * MINUTE,
        expires_seconds=5 * MINUTE,
        why="Alerts that waited, the daily summary, and what listeners want to know.",
    ),
    "compact the lake": PeriodicRow(
        task="ingestion.compact",
        every_seconds=DAY,
        expires_seconds=DAY,
        why="Makes one object of a finished day's many, and deletes those an hour later.",
    ),
    "evaluate the recommendations": PeriodicRow(
        task="recommendations.evaluate",
        every_seconds=6 * HOUR,
        expires_seconds=HOUR,
        why="Once in 30 days, of a build that was not evaluated yet, in a process of its own.",
    ),
    "forget old runs": PeriodicRow(
        task="ingestion.tidy",
        every_seconds=DAY,
        expires_seconds=HOUR,
        why="Deletes old runs and metadata.",
    ),
}


def install() -> list[str]:
    """Install or update every row of SCHEDULE; returns the names of new ones."""
    return [name for name, row in SCHEDULE.items() if _install_row(name, row)]


def _install_row(name: str, row: PeriodicRow) -> bool:
    interval, _ = IntervalSchedule.objects.get_or_create(
        every=row.every_seconds, period=IntervalSchedule.SECONDS
    )
    values = {
        "task": row.task,
        "queue": None,  # CELERY_TASK_ROUTES decides
        "expire_seconds": row.expires_seconds,
        "description": row.why,
    }
    _, is_new = PeriodicTask.objects.update_or_create(
        name=name, defaults=values, create_defaults={**values, "interval": interval}
    )
    return bool(is_new)
