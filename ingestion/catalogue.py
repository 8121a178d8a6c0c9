"""What Spotify says of tracks: kept for lengths, covers and links, renewed when it gets old."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from django.dispatch import receiver

from ingestion.models import Track
from spotifyweb import news
from spotifyweb.spotify.payloads import TrackDetails

FILLED = [
    "track_name",
    "artist_id",
    "artist_name",
    "album_id",
    "album_name",
    "duration_ms",
    "isrc",
    "image_url",
    "release_date",
    "fetched_at",
]


def keep(tracks: Iterable[TrackDetails], *, now: datetime) -> int:
    """Insert or renew; returns how many different tracks there were."""
    rows = {details.track_id: _row(details, now=now) for details in tracks}
    Track.objects.bulk_create(
        rows.values(),
        batch_size=200,
        update_conflicts=True,
        unique_fields=["track_id"],
        update_fields=FILLED,
    )
    return len(rows)


def _row(details: TrackDetails, *, now: datetime) -> Track:
    """Names longer than a column are cut: nothing here is shown at more than a line."""
    values = asdict(details)
    for field in ("track_name", "artist_name", "album_name", "image_url"):
        values[field] = values[field][:500]
    return Track(**values, fetched_at=now)


@receiver(news.tracks_seen)
def keep_seen(tracks: list[TrackDetails], now: datetime, **_: object) -> None:
    """What other apps came across costs no call."""
    keep(tracks, now=now)
