"""The catalogue: what Spotify says of tracks, artists and albums."""

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


class Discography(models.Model):
    """How far one group of an artist's albums is listed, ten at a time, the newest first."""

    artist_id = models.TextField()
    group = models.TextField()  # album or single
    listed_at = models.DateTimeField(db_index=True)  # when the newest page was listed
    next_offset = models.IntegerField(null=True)  # of the page to list next; null: no more pages

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["artist_id", "group"], name="one_row_per_group"),
        )

    def __str__(self) -> str:
        return f"{self.group}s of {self.artist_id}"


class Album(models.Model):
    """An album whose tracks may be new to a listener; kept for 30 days."""

    album_id = models.TextField(primary_key=True)
    album_name = models.TextField(blank=True)
    album_type = models.TextField(blank=True)  # album, single or compilation
    artist_id = models.TextField(blank=True, db_index=True)  # asked about, or the first credited
    artist_name = models.TextField(blank=True)
    release_date = models.TextField(blank=True)
    image_url = models.TextField(blank=True)
    total_tracks = models.IntegerField(null=True)
    listed_at = models.DateTimeField(db_index=True)
    fetched_at = models.DateTimeField(null=True, db_index=True)  # its tracks; null: not yet

    def __str__(self) -> str:
        return f"{self.album_name} by {self.artist_name}"


class AlbumTrack(models.Model):
    """A track as its album lists it, whoever heard it or nobody."""

    track_id = models.TextField(primary_key=True)
    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="tracks")
    track_name = models.TextField()
    artist_id = models.TextField(blank=True)
    artist_name = models.TextField(blank=True)
    duration_ms = models.IntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.track_name} by {self.artist_name}"
