"""The admin's daily summary, sent at ALERT_DAILY_HOUR where that is set: good news is news too."""

from datetime import datetime, timedelta

from django.conf import settings

from ingestion.messages.notices import Notice
from ingestion.models import Stage
from ingestion.operations import status


def daily_summary(*, now: datetime) -> Notice | None:
    """Return the summary of the last 24 hours; None before its hour, or where it is not set."""
    due = settings.ALERT_DAILY_HOUR
    if due is None:
        return None
    local = now.astimezone(due.zone)
    if local.hour < due.first:
        return None
    stages = [status.stage_state(stage, now=now) for stage in Stage.values]
    failing = [state.stage for state in stages if state.failed]
    title = f"{', '.join(failing)} failing" if failing else "All stages work"
    return Notice(
        key=f"daily:{local:%Y%m%d}",
        title=f"Liner, {local:%d %b}: {title}",
        text="\n".join(
            [*map(_line, stages), _build(now=now), f"{settings.SITE_URL}/admin/status/"]
        ),
    )


def _line(state: status.StageState) -> str:
    counts = ", ".join(f"{count} {kind}" for kind, count in state.day.items()) or "no runs"
    return f"{state.stage}: {counts}; {state.quiet} with nothing to do today"


def _build(*, now: datetime) -> str:
    build = status.published_build()
    if build is None:
        return "No build is published."
    age = (now - build.published_at) // timedelta(minutes=1)
    return f"Published build: {build.build_id}, {age} minutes old."
