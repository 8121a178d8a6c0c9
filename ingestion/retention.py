"""Nothing is kept longer than it is of use: runs, expired sessions, metadata nobody renewed."""

from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session

from ingestion import runs
from ingestion.models import Run, Stage, Track


def tidy(*, now: datetime) -> Counter[str]:
    """Spotify's terms (section 8) want its metadata kept current and the rest deleted.

    Enriching renews what is older than METADATA_MAX_AGE_DAYS; what it could not renew for as long
    again is deleted here, and fetched anew when it is wanted.
    """
    old = now - timedelta(days=2 * settings.METADATA_MAX_AGE_DAYS)
    gone = now - timedelta(days=settings.RUNS_KEPT_DAYS)
    buried = sum(runs.bury(stage, now=now) for stage in Stage.values)
    tracks, _ = Track.objects.filter(fetched_at__lt=old).delete()
    forgotten, _ = Run.objects.filter(started_at__lt=gone).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()  # they name their listener
    return Counter(buried=buried, tracks=tracks, runs=forgotten, sessions=sessions)
