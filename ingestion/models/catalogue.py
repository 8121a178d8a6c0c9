"""The catalogue: what Spotify says of tracks and artists."""

from django.db import models


class Artist(models.Model):
    """What Spotify says of an artist; their picture stands beside their name."""

    artist_id = models.TextField(primary_key=True)
    artist_name = models.TextField(blank=True)
    image_url = models.TextField(blank=True)
    fetched_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.artist_name or self.artist_id


class Track(models.Model):
    """What Spotify says of a track; it fills unknown lengths and finds covers."""

    track_id = models.TextField(primary_key=True)  # Spotify promises no length of anything
    track_name = models.TextField()
    artist_id = models.TextField(blank=True)
    artist_name = models.TextField(blank=True)
    album_id = models.TextField(blank=True, db_index=True)
    album_name = models.TextField(blank=True)
    duration_ms = models.IntegerField(null=True)
    isrc = models.TextField(blank=True)
    image_url = models.TextField(blank=True)
    release_date = models.TextField(blank=True)
    fetched_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.track_name} by {self.artist_name}"
