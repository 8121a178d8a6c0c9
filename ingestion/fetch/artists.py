"""Artists: what Spotify says of them, and which to ask about next, the most played first."""

from datetime import datetime, timedelta

from django.conf import settings

from ingestion.models import Artist
from spotifyweb.spotify import fields, payloads
from spotifyweb.spotify.client import Body
from spotifyweb.warehouse import NothingPublished, Warehouse

PLAYED_ARTISTS = """
select artist_id, sum(plays) as plays
from gold.user_artists
where artist_id is not null and content_type = 'track'
group by artist_id
order by plays desc, artist_id
limit 2000
"""


def missing_artists(warehouse: Warehouse, *, now: datetime) -> list[str]:
    """Return ids of artists to ask about: unknown ones, the most played first, then outdated ones.

    An artist who was asked about recently is left out, found or not.
    """
    old = now - timedelta(days=settings.METADATA_MAX_AGE_DAYS)
    played = _played_artists(warehouse)
    current = Artist.objects.filter(artist_id__in=played, fetched_at__gt=old)
    known = set(current.values_list("artist_id", flat=True))
    outdated = Artist.objects.filter(fetched_at__lte=old).order_by("fetched_at")
    unknown = [artist_id for artist_id in played if artist_id not in known]
    return list(dict.fromkeys([*unknown, *outdated.values_list("artist_id", flat=True)[:2000]]))


def store_artist(artist_id: str, body: Body | None, *, now: datetime) -> None:
    """Store an artist; None is one whom Spotify does not know, and who is not asked for again."""
    artist = body or {}
    Artist.objects.update_or_create(
        artist_id=artist_id,
        defaults={
            "artist_name": fields.text(artist, "name"),
            "image_url": payloads.image_of(artist),
            "fetched_at": now,
        },
    )


def _played_artists(warehouse: Warehouse) -> list[str]:
    try:
        return [row["artist_id"] for row in warehouse.rows(PLAYED_ARTISTS)]
    except NothingPublished:
        return []
