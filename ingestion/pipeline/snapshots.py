"""Snapshots: what is no event, written into the lake before each build.

So the lake alone rebuilds everything. Their digest tells whether a build would read anything new.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any
from zoneinfo import available_timezones

import pyarrow as pa
from django.db.models import Exists, F, OuterRef

from ingestion.fetch.albums import release_day
from ingestion.models import Album, AlbumTrack, Artist, Track
from spotifyweb import lake as lakes
from spotifyweb import signals
from spotifyweb.accounts.models import Listener, ListenerTimezone
from spotifyweb.lake import Lake
from spotifyweb.privacy.models import ErasedAccount

Snapshots = Mapping[str, pa.Table]


def collect() -> Snapshots:
    """Return the table of each snapshot by its name."""
    rows = {
        "tracks": chain(_catalogue(Track, "tracks"), _album_tracks()),
        "artists": _catalogue(Artist, "artists"),
        "albums": _albums(),
        "listeners": _zones(),
        "erasures": _erasures(),
        **dict(signals.collect_snapshots()),
    }
    return {name: lakes.snapshot_table(name, found) for name, found in rows.items()}


def write(store: Lake, snapshots: Snapshots) -> None:
    """Replace the snapshots in the lake; datasets without any object get an empty one."""
    lakes.ensure_datasets(store)
    for name, table in snapshots.items():
        lakes.write_table(store, lakes.snapshot_key(name), table)


def _catalogue(kind: type[Artist | Track], name: str) -> Iterator[dict[str, Any]]:
    names = lakes.SNAPSHOT_SCHEMAS[name].names
    yield from kind.objects.order_by("pk").values(*names).iterator()


def _album_tracks() -> Iterator[dict[str, Any]]:
    """Yield the tracks that are known from their album alone."""
    album = ("album_id", "album_name", "image_url", "release_date", "fetched_at")
    known = Track.objects.filter(pk=OuterRef("pk"))
    only_listed = AlbumTrack.objects.filter(~Exists(known), album__fetched_at__isnull=False)
    names = ("track_id", "track_name", "artist_id", "artist_name", "duration_ms")
    of_album = {name: F(f"album__{name}") for name in album[1:]}
    yield from only_listed.order_by("pk").values(*names, "album_id", **of_album).iterator()


def _albums() -> Iterator[dict[str, Any]]:
    names = set(lakes.SNAPSHOT_SCHEMAS["albums"].names) - {"released_on"}
    fetched = Album.objects.filter(fetched_at__isnull=False).order_by("pk")
    for row in fetched.values(*sorted(names), "release_date").iterator():
        yield row | {"released_on": release_day(row.pop("release_date"))}


def _zones() -> Iterator[dict[str, Any]]:
    """Yield each listener's time zones and since when; the browser's zone where none was set.

    A zone that nobody knows is left out: it would turn everybody's build red.
    """
    periods = ListenerTimezone.objects.filter(timezone__in=available_timezones())
    for period in periods.order_by("listener__user_id", "valid_from").select_related("listener"):
        yield {
            "user_id": period.listener.user_id,
            "timezone": period.timezone,
            "valid_from": period.valid_from,
        }
    with_timezone = ListenerTimezone.objects.values("listener")
    without_timezone = Listener.objects.exclude(pk__in=with_timezone)
    known = without_timezone.filter(timezone__in=available_timezones())
    for listener in known.order_by("pk"):
        yield {
            "user_id": listener.user_id,
            "timezone": listener.timezone,
            "valid_from": listener.created_at,
        }


def _erasures() -> Iterator[dict[str, Any]]:
    for erasure in ErasedAccount.objects.order_by("pk"):
        yield {
            "user_id": erasure.user_id,
            "source": erasure.source or None,
            "before": erasure.before,
        }
