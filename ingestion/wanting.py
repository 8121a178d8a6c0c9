"""Which tracks to ask Spotify about next: unknown ones by their plays, then outdated ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from ingestion.models import Track
from spotifyweb.warehouse import NothingPublished, Warehouse

UNKNOWN = """
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    track_id: str
    track_name: str = ""
    artist_name: str = ""
    album_name: str = ""
    album_id: str = ""  # known for what was fetched once

    @property
    def record(self) -> tuple[str, str]:
        """What tracks of one album have in common where its id is not known."""
        return self.artist_name, self.album_name


def tracks(warehouse: Warehouse, *, now: datetime) -> list[Wanted]:
    """Most played first; what was asked about lately is left out, found or not."""
    old = now - timedelta(days=settings.METADATA_MAX_AGE_DAYS)
    unknown = _unknown(warehouse)
    asked = set(
        Track.objects.filter(
            track_id__in=[one.track_id for one in unknown], fetched_at__gt=old
        ).values_list("track_id", flat=True)
    )
    outdated = Track.objects.filter(fetched_at__lte=old).order_by("fetched_at")[:2000]
    found = [one for one in unknown if one.track_id not in asked] + [
        Wanted(
            track_id=track.track_id,
            track_name=track.track_name,
            artist_name=track.artist_name,
            album_name=track.album_name,
            album_id=track.album_id,
        )
        for track in outdated
    ]
    return list({one.track_id: one for one in reversed(found)}.values())[::-1]


def _unknown(warehouse: Warehouse) -> list[Wanted]:
    try:
        rows = warehouse.rows(UNKNOWN)
    except NothingPublished:
        return []
    names = ("track_id", "track_name", "artist_name", "album_name")
    return [Wanted(**{name: row[name] or "" for name in names}) for row in rows]
