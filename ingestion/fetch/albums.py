"""Albums by the artists whom the listeners play: which to ask about next, and what is stored.

Their tracks are what nobody here may have heard yet. Everything is kept for 30 days at most, and
asked for again in its last days as long as it is wanted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from ingestion.models import Album, AlbumTrack, Discography
from ingestion.operations.retention import ALBUMS_KEPT
from spotifyweb.spotify import fields, payloads
from spotifyweb.spotify.client import ALBUM_PAGE, Body, next_page
from spotifyweb.warehouse import NothingPublished, Warehouse

GROUPS = ("album", "single")
RENEWED = timedelta(days=21)  # fetched again from this age on, before it is deleted
RELISTED = timedelta(days=7)  # how late a new release may be noticed
# Since its release; recommendations/parameters.py calls it new_release_days.
NEW = timedelta(days=60)

# The artists with most pull: first everybody's foremost, then everybody's second …
PULLING_ARTISTS = """
with ranked as (
    select
        artists.artist_id,
        weights.recency_weight,
        row_number() over (
            partition by weights.user_id order by weights.recency_weight desc, artists.artist_id
        ) as place
    from gold.artist_recency_weights as weights
    inner join gold.user_artists as artists
        on artists.user_id = weights.user_id and artists.artist_name = weights.artist_name
    where artists.content_type = 'track' and artists.artist_id is not null
)
select artist_id from ranked
group by artist_id
order by min(place), sum(recency_weight) desc, artist_id
limit 50
"""
KNOWN_ALBUMS = """
select album_id from gold.user_albums
where content_type = 'track' and album_id is not null and tracks >= 2
group by album_id
order by max(plays) desc, album_id
limit 100
"""
OWN_ARTISTS = """
select artist_id from gold.user_artists where artist_id is not null
group by artist_id having min(user_id) = ? and max(user_id) = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumPage:
    """Ten albums of one group of an artist's."""

    artist_id: str
    group: str
    offset: int = 0


def next_pages(warehouse: Warehouse, *, now: datetime) -> list[AlbumPage]:
    """Return pages to ask for: newest ones never listed, then outdated ones, then older pages."""
    artists = _column(warehouse, PULLING_ARTISTS)
    known = {
        (row.artist_id, row.group): row for row in Discography.objects.filter(artist_id__in=artists)
    }
    every = [(artist_id, group) for group in GROUPS for artist_id in artists]
    first = [key for key in every if key not in known]
    outdated = [key for key in known if known[key].listed_at <= now - RELISTED]
    older = sorted(
        (row for row in known.values() if row.next_offset), key=lambda row: row.next_offset or 0
    )
    newest = [AlbumPage(artist_id=artist_id, group=group) for artist_id, group in first + outdated]
    return newest + [
        AlbumPage(artist_id=row.artist_id, group=row.group, offset=row.next_offset or 0)
        for row in older
        if (row.artist_id, row.group) not in outdated
    ]


@transaction.atomic
def store_page(page: AlbumPage, body: Body | None, *, now: datetime) -> int:
    """Store the albums of a page and where the next one is; return how many albums there were.

    None is an answer for an artist whom Spotify does not know.
    """
    found = [row for row in fields.parts(body or {}, "items") if fields.text(row, "id")]
    listed_by = {"artist_id": page.artist_id, "listed_at": now}
    for row in found:
        Album.objects.update_or_create(
            album_id=fields.text(row, "id"), defaults=_album_fields(row) | listed_by
        )
    following = page.offset + ALBUM_PAGE if next_page(body or {}) else None
    stored = Discography.objects.filter(artist_id=page.artist_id, group=page.group).first()
    if page.offset == 0 and stored and stored.next_offset:
        following = stored.next_offset  # older pages go on where they stopped
    listed = {"listed_at": now} if page.offset == 0 else {}
    Discography.objects.update_or_create(
        artist_id=page.artist_id,
        group=page.group,
        defaults=listed | {"next_offset": following},
        create_defaults={"listed_at": now, "next_offset": following},
    )
    return len(found)


def next_albums(warehouse: Warehouse, *, now: datetime) -> list[str]:
    """Return ids of albums whose tracks to ask for, those fetched lately left out.

    New releases first, then those of which a listener knows two tracks, then the newest.
    """
    fetched = set(Album.objects.filter(fetched_at__gt=now - RENEWED).values_list("pk", flat=True))
    listed = Album.objects.filter(listed_at__gt=now - ALBUMS_KEPT).order_by("-release_date", "pk")
    releases = [row for row in listed if is_new(row.release_date, today=now.date())]
    wanted = [
        *(row.album_id for row in releases),
        *_column(warehouse, KNOWN_ALBUMS),
        *(row.album_id for row in listed),
    ]
    return [album_id for album_id in dict.fromkeys(wanted) if album_id not in fetched]


@transaction.atomic
def store_album(album_id: str, body: Body | None, *, now: datetime) -> int:
    """Store an album with its first 50 tracks; return how many.

    None is an album that Spotify does not know, and that is not asked for again while it is kept.
    """
    album, _ = Album.objects.update_or_create(
        album_id=album_id,
        defaults=(_album_fields(body) if body else {}) | {"fetched_at": now},
        create_defaults=_album_fields(body or {})
        | {"artist_id": _first_artist(body or {}, "id"), "fetched_at": now, "listed_at": now},
    )
    rows = fields.parts(fields.part(body or {}, "tracks"), "items")
    details = [payloads.track(row) for row in rows]
    tracks = {
        each.track_id: AlbumTrack(
            track_id=each.track_id,
            album=album,
            track_name=each.track_name,
            artist_id=each.artist_id,
            artist_name=each.artist_name,
            duration_ms=each.duration_ms,
        )
        for each in details
        if each and each.track_name and each.artist_name
    }
    AlbumTrack.objects.filter(album=album).exclude(pk__in=tracks).delete()
    AlbumTrack.objects.bulk_create(
        tracks.values(),
        update_conflicts=True,
        unique_fields=["track_id"],
        update_fields=["album", "track_name", "artist_id", "artist_name", "duration_ms"],
    )
    return len(tracks)


def is_new(release_date: str, *, today: date) -> bool:
    """Return whether it came out within the last 60 days; a month or a year says too little."""
    released_on = release_day(release_date)
    return released_on is not None and timedelta() <= today - released_on <= NEW


def release_day(release_date: str) -> date | None:
    """Return the day of 2026-01-31, and None for 2026-01, 2026 and what is no date."""
    try:
        return date.fromisoformat(release_date) if len(release_date) == 10 else None
    except ValueError:
        return None


def erase_artists(warehouse: Warehouse, user_id: str) -> int:
    """Delete what is known of artists whom only this listener plays; return how many rows."""
    artists = _column(warehouse, OWN_ARTISTS, user_id, user_id)
    albums, _ = Album.objects.filter(artist_id__in=artists).delete()
    cursors, _ = Discography.objects.filter(artist_id__in=artists).delete()
    return albums + cursors


def _album_fields(body: Body) -> dict[str, str | int | None]:
    release_date = fields.text(body, "release_date")
    return {
        "album_name": fields.text(body, "name"),
        "album_type": fields.text(body, "album_type").lower(),
        "artist_name": _first_artist(body, "name"),
        "release_date": "" if release_date.startswith("0000") else release_date,
        "image_url": payloads.image_of(body),
        "total_tracks": fields.natural(body, "total_tracks"),
    }


def _first_artist(body: Body, name: str) -> str:
    """Return a field of the first artist whom an album is credited to."""
    return fields.text(next(fields.parts(body, "artists"), {}), name)


def _column(warehouse: Warehouse, sql: str, *params: object) -> list[str]:
    try:
        rows: Iterable[dict[str, object]] = warehouse.rows(sql, params)
    except NothingPublished:
        return []
    return [str(value) for row in rows for value in row.values()]
