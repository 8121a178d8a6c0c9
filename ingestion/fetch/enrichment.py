"""Fetch unknown lengths, covers and artists from Spotify, a few an hour, and renew what is old.

Spotify offers no batch calls: one call is one track, one artist, or one album, which fills all of
its tracks that are missing. The Spotify client keeps the daily budget. Each answer is stored at
once, so an interrupted run continues where it stopped.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice

from ingestion.fetch import catalogue
from ingestion.fetch.artists import store_artist
from ingestion.fetch.catalogue import MissingTrack
from ingestion.models import Run, Track
from spotifyweb import clients
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.spotify import errors, fields, payloads
from spotifyweb.spotify.client import Body, SpotifyClient
from spotifyweb.spotify.payloads import TrackDetails

ARTISTS_SHARE = 1 / 3  # of the calls, while tracks are missing too
MIN_TRACKS_PER_ALBUM = 2  # so many of its tracks must be wanted
UNKNOWN = (errors.NotFound, errors.BadRequest)  # no such id, or one that cannot be an id
TRANSIENT = (errors.Unavailable, errors.BadAnswer)
MAX_UNANSWERED = 5  # so many items may go unanswered in one run: more is no matter of the items


@dataclass(slots=True, kw_only=True)
class EnrichmentBatch:
    """What one run still misses and has done, on behalf of one listener."""

    listener: Listener
    now: datetime
    missing: dict[str, MissingTrack]
    asked_albums: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=lambda: Counter(calls=0, tracks=0, missing=0))

    def request(self, question: Callable[[SpotifyClient], Body]) -> Body | None:
        """Make one call; return its answer, or None where Spotify knows no such item."""
        self.counts["calls"] += 1
        try:
            body = tokens.call_spotify(self.listener, question, now=self.now)
        except UNKNOWN:
            return None
        reasons = fields.invalid_fields(body)
        self.counts["odd"] += len(reasons)
        clients.spotify_quota().count_invalid("catalogue", reasons)
        return body

    def postpone(self, error: errors.SpotifyError) -> None:
        """Leave an item to another run. Raises the error once MAX_UNANSWERED items failed."""
        self.counts["unanswered"] += 1
        if self.counts["unanswered"] > MAX_UNANSWERED:
            raise error

    def store(self, details: list[TrackDetails]) -> None:
        """Store the details and take their tracks off the list."""
        self.counts["tracks"] += catalogue.store_tracks(details, now=self.now)
        for track in details:
            self.missing.pop(track.track_id, None)

    def same_album(self, track: MissingTrack) -> list[MissingTrack]:
        """Return missing tracks of the same album, by its id or by its names."""
        return [
            other
            for other in self.missing.values()
            if (track.album_id and other.album_id == track.album_id)
            or (all(track.album_key) and other.album_key == track.album_key)
        ]


def enrich(
    run: Run,
    *,
    listener: Listener,
    missing: list[MissingTrack],
    artists: Iterable[str] = (),
    calls: int,
    now: datetime,
) -> None:
    """Make at most `calls` calls, counted in the run. A spent budget is no failure.

    `artists` are ids; they take ARTISTS_SHARE of the calls, and all where no track is missing.
    """
    batch = EnrichmentBatch(
        listener=listener, now=now, missing={track.track_id: track for track in missing}
    )
    run.counts = batch.counts
    try:
        _fetch_artists(batch, artists, calls=int(calls * ARTISTS_SHARE) if missing else calls)
        _fetch_tracks(batch, calls=calls)
    except errors.RateLimited:
        batch.counts["stopped_by_limit"] += 1
    batch.counts["left"] = len(batch.missing)


def _fetch_artists(batch: EnrichmentBatch, artists: Iterable[str], *, calls: int) -> None:
    for artist_id in islice(artists, calls):
        try:
            body = batch.request(partial(SpotifyClient.artist, artist_id=artist_id))
        except TRANSIENT as error:
            batch.postpone(error)
        else:
            store_artist(artist_id, body, now=batch.now)
            batch.counts["artists"] += 1


def _fetch_tracks(batch: EnrichmentBatch, *, calls: int) -> None:
    while batch.missing and batch.counts["calls"] < calls:
        track = next(iter(batch.missing.values()))
        try:
            _step(batch, track)
        except TRANSIENT as error:
            batch.postpone(error)
            batch.missing.pop(track.track_id)


def _step(batch: EnrichmentBatch, track: MissingTrack) -> None:
    pays = len(batch.same_album(track)) >= MIN_TRACKS_PER_ALBUM
    if track.album_id and track.album_id not in batch.asked_albums and pays:
        _album(batch, track.album_id)
    else:
        _track(batch, track)


def _track(batch: EnrichmentBatch, track: MissingTrack) -> None:
    body = batch.request(lambda spotify: spotify.track(track.track_id))
    details = payloads.track(body) if body else None
    others = batch.same_album(track)
    if details is None:
        batch.missing.pop(track.track_id)
        _store_missing(batch, track)
        return
    batch.store([replace(details, track_id=track.track_id)])  # Spotify may answer with its twin
    for other in others:
        if other.track_id != track.track_id:
            batch.missing[other.track_id] = replace(other, album_id=details.album_id)


def _album(batch: EnrichmentBatch, album_id: str) -> None:
    """Fetch one album and store those of its tracks that are missing here."""
    batch.asked_albums.add(album_id)
    body = batch.request(lambda spotify: spotify.album(album_id))
    album = body or {}
    rows = fields.parts(fields.part(album, "tracks"), "items")
    found = [payloads.track({**row, "album": album}) for row in rows]
    missing = {
        details.track_id: details
        for details in found
        if details and details.track_id in batch.missing
    }
    codes = dict(Track.objects.filter(track_id__in=missing).values_list("track_id", "isrc"))
    batch.store([replace(details, isrc=codes.get(key, "")) for key, details in missing.items()])


def _store_missing(batch: EnrichmentBatch, track: MissingTrack) -> None:
    """Record that Spotify knows no such track, so that the next run does not ask again."""
    batch.counts["missing"] += 1
    Track.objects.update_or_create(
        track_id=track.track_id,
        defaults={"fetched_at": batch.now},
        create_defaults={
            "fetched_at": batch.now,
            "track_name": track.track_name[:500],
            "artist_name": track.artist_name[:500],
            "album_name": track.album_name[:500],
        },
    )
