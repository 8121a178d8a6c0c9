"""What Spotify says of tracks: kept for lengths, covers and links, renewed when it gets old."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from django.dispatch import receiver

from ingestion.models import Track
from spotifyweb import signals
from spotifyweb.spotify.payloads import TrackDetails


def keep(tracks: Iterable[TrackDetails], *, now: datetime) -> int:
    """Insert or renew; returns how many different tracks there were.

    What an answer leaves out (development mode, local files, albums taken down) stays as it was
    known. So each row renews only the columns that it fills, those of the same columns together.
    """
    found = {details.track_id: details for details in tracks}
    alike: dict[tuple[str, ...], list[Track]] = defaultdict(list)
    for details in found.values():
        alike[filled_by(details)].append(Track(**asdict(details), fetched_at=now))
    for filled, rows in alike.items():
        Track.objects.bulk_create(
            rows,
            batch_size=200,
            update_conflicts=True,
            unique_fields=["track_id"],
            update_fields=[*filled, "fetched_at"],
        )
    return len(found)


def filled_by(details: TrackDetails) -> tuple[str, ...]:
    return tuple(name for name, value in asdict(details).items() if value and name != "track_id")


@receiver(signals.tracks_seen)
def keep_seen(tracks: list[TrackDetails], now: datetime, **_: object) -> None:
    """What other apps came across costs no call."""
    keep(tracks, now=now)
