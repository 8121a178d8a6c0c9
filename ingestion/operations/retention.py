"""Retention: nothing is kept longer than it is of use."""

from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session

from ingestion.models import Album, Artist, Discography, QualityResult, Run, Stage, Track
from ingestion.operations import runs

ALBUMS_KEPT = timedelta(days=30)
DETAILED_DAYS = 7  # how long runs that succeeded keep offsets, objects and dbt's results


def tidy(*, now: datetime) -> Counter[str]:
    """Delete old runs, expired sessions and stale metadata; return how many of each.

    Spotify's terms (section 8) want its metadata kept current and the rest deleted. Enrichment
    renews what is older than METADATA_MAX_AGE_DAYS; what it could not renew for as long again is
    deleted here, and fetched anew when it is needed. Albums have 30 days.
    """
    old = now - timedelta(days=2 * settings.METADATA_MAX_AGE_DAYS)
    gone = now - timedelta(days=settings.RUNS_KEPT_DAYS)
    buried = sum(runs.fail_dead_runs(stage, now=now) for stage in Stage.values)
    _strip_details(now=now)
    tracks, _ = Track.objects.filter(fetched_at__lt=old).delete()
    artists, _ = Artist.objects.filter(fetched_at__lt=old).delete()
    albums = _delete_albums(now=now)
    QualityResult.objects.filter(measured_at__lt=gone).delete()
    forgotten, _ = Run.objects.filter(started_at__lt=gone).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()  # they name their listener
    return Counter(
        buried=buried,
        tracks=tracks,
        artists=artists,
        albums=albums,
        runs=forgotten,
        sessions=sessions,
    )


def _delete_albums(*, now: datetime) -> int:
    old = now - ALBUMS_KEPT
    albums, _ = Album.objects.filter(fetched_at__lt=old).delete()
    unfetched, _ = Album.objects.filter(fetched_at=None, listed_at__lt=old).delete()
    cursors, _ = Discography.objects.filter(listed_at__lt=old).delete()
    return albums + unfetched + cursors


def _strip_details(*, now: datetime) -> None:
    """Drop the details of runs that went well and are a week old: a build's are 40 kB."""
    old = Run.objects.filter(started_at__lt=now - timedelta(days=DETAILED_DAYS))
    old.filter(status=Run.Status.SUCCEEDED).exclude(details={}).update(details={})
