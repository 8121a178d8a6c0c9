"""The catalogue: what Spotify says of tracks, and which tracks to ask about next.

It fills unknown lengths and finds covers. Metadata older than METADATA_MAX_AGE_DAYS is renewed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings

from ingestion.models import Track
from spotifyweb.spotify.payloads import TrackDetails
from spotifyweb.warehouse import NothingPublished, Warehouse

UNKNOWN_TRACKS = """
select
    releases.release_track_id as track_id,
    max(releases.track_name) as track_name,
    max(releases.artist_name) as artist_name,
    max(releases.album_name) as album_name,
    sum(heard.plays) as plays
from gold.releases as releases
inner join gold.user_releases as heard on heard.release_track_id = releases.release_track_id
where
    (releases.duration_ms is null or releases.image_url is null or releases.image_url = '')
    and releases.content_type = 'track'
    and releases.release_track_id not like 'name:%'
group by releases.release_track_id
order by plays desc, releases.release_track_id
limit 2000
"""


def store_tracks(tracks: Iterable[TrackDetails], *, now: datetime) -> int:
    """Insert or update tracks; return how many different ones there were.

    What an answer leaves out (development mode, local files, albums taken down) keeps its stored
    value: each row updates only the columns that it fills, and rows with the same columns go
    together.
    """
    found = {details.track_id: details for details in tracks}
    alike: dict[tuple[str, ...], list[Track]] = defaultdict(list)
    for details in found.values():
        alike[filled_columns(details)].append(Track(**asdict(details), fetched_at=now))
    for filled, rows in alike.items():
        Track.objects.bulk_create(
            rows,
            batch_size=200,
            update_conflicts=True,
            unique_fields=["track_id"],
            update_fields=[*filled, "fetched_at"],
        )
    return len(found)


def filled_columns(details: TrackDetails) -> tuple[str, ...]:
    """Return the columns that have a value."""
    return tuple(name for name, value in asdict(details).items() if value and name != "track_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingTrack:
    """A track with unknown or outdated metadata."""

    track_id: str
    track_name: str = ""
    artist_name: str = ""
    album_name: str = ""
    album_id: str = ""  # known for what was fetched once

    @property
    def album_key(self) -> tuple[str, str]:
        """Return what tracks of one album share where its id is unknown."""
        return self.artist_name, self.album_name


def missing_tracks(warehouse: Warehouse, *, now: datetime) -> list[MissingTrack]:
    """Return tracks to ask about, the most played first, then outdated ones.

    A track that was asked about recently is left out, found or not.
    """
    old = now - timedelta(days=settings.METADATA_MAX_AGE_DAYS)
    unknown = _unknown_tracks(warehouse)
    asked = set(
        Track.objects.filter(
            track_id__in=[candidate.track_id for candidate in unknown], fetched_at__gt=old
        ).values_list("track_id", flat=True)
    )
    outdated = Track.objects.filter(fetched_at__lte=old).order_by("fetched_at")[:2000]
    found = [candidate for candidate in unknown if candidate.track_id not in asked] + [
        MissingTrack(
            track_id=track.track_id,
            track_name=track.track_name,
            artist_name=track.artist_name,
            album_name=track.album_name,
            album_id=track.album_id,
        )
        for track in outdated
    ]
    return list({candidate.track_id: candidate for candidate in reversed(found)}.values())[::-1]


def _unknown_tracks(warehouse: Warehouse) -> list[MissingTrack]:
    try:
        rows = warehouse.rows(UNKNOWN_TRACKS)
    except NothingPublished:
        return []
    names = ("track_id", "track_name", "artist_name", "album_name")
    return [MissingTrack(**{name: row[name] or "" for name in names}) for row in rows]
