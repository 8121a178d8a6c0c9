"""What the catalogue knows it keeps, and no name is too long for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestion.fetch import catalogue
from ingestion.models import Track
from spotifyweb.spotify.payloads import TrackDetails

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FULL = TrackDetails(
    track_id="t1",
    track_name="Harbour",
    artist_id="a1",
    artist_name="Pale Coast",
    album_id="b1",
    album_name="Salt Maps",
    duration_ms=211_333,
    isrc="GXF972482646",
    image_url="https://i.scdn.co/image/300",
    release_date="2025-01-02",
)


def test_what_a_later_answer_leaves_out_stays_known() -> None:
    catalogue.store_tracks([FULL], now=NOON)
    bare = replace(FULL, duration_ms=None, isrc="", image_url="", album_id="", track_name="Harbor")

    assert (
        catalogue.store_tracks([bare, replace(FULL, track_id="t2")], now=NOON + timedelta(days=1))
        == 2
    )

    kept = Track.objects.get(pk="t1")
    assert (kept.duration_ms, kept.isrc, kept.image_url, kept.album_id) == (
        *(FULL.duration_ms, FULL.isrc, FULL.image_url, FULL.album_id),
    )
    assert (kept.track_name, kept.fetched_at) == ("Harbor", NOON + timedelta(days=1))


def test_what_was_blank_is_filled_by_a_later_answer() -> None:
    catalogue.store_tracks([replace(FULL, duration_ms=None, image_url="")], now=NOON)
    catalogue.store_tracks([FULL], now=NOON)
    assert Track.objects.get().duration_ms == FULL.duration_ms


def test_no_length_is_too_long() -> None:
    """Postgres would refuse what a column cannot hold."""
    long: dict[str, Any] = dict.fromkeys(("track_id", "artist_id", "album_id", "isrc"), "x" * 5000)
    names: dict[str, Any] = {
        "track_name": "y" * 5_000,
        "image_url": "https://i/" + "z" * 5_000,
    }
    catalogue.store_tracks([replace(FULL, **long, **names)], now=NOON)
    assert len(Track.objects.get().image_url) > 5_000
    limited = {field.name for field in Track._meta.fields if field.max_length}
    assert limited == set()
