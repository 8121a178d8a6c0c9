"""Fetch unknown lengths and covers from Spotify, a few calls an hour, and renew old metadata.

Spotify offers no batch calls: one call is one track, or one album, which fills all of its tracks
that are missing. The Spotify client keeps the daily budget. Each answer is stored at once, so an
interrupted run continues where it stopped.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from ingestion.fetch import catalogue
from ingestion.fetch.catalogue import MissingTrack
from ingestion.models import Run, Track
from spotifyweb import clients
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.spotify import errors, fields, payloads
from spotifyweb.spotify.client import Body, SpotifyClient
from spotifyweb.spotify.payloads import TrackDetails

MIN_TRACKS_PER_ALBUM = 2  # so many of its tracks must be wanted
UNKNOWN = (errors.NotFound, errors.BadRequest)  # no such id, or one that cannot be an id
TRANSIENT = (errors.Unavailable, errors.BadAnswer)
MAX_UNANSWERED = 5  # so many items may go unanswered in one run: more is no matter of the items


@dataclass(slots=True, kw_only=True)
class EnrichmentBatch:
    """What one run still misses and has done, on behalf of one listener."""

    listener: Listener
    now: datetime
    wanted: dict[str, MissingTrack]
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

    def postpone(self, one: MissingTrack, error: errors.SpotifyError) -> None:
        """Leave the item to another run. Raises the error once MAX_UNANSWERED items failed."""
        self.counts["unanswered"] += 1
        if self.counts["unanswered"] > MAX_UNANSWERED:
            raise error
        self.wanted.pop(one.track_id)

    def store(self, details: list[TrackDetails]) -> None:
        """Store the details and take their tracks off the list."""
        self.counts["tracks"] += catalogue.store_tracks(details, now=self.now)
        for one in details:
            self.wanted.pop(one.track_id, None)

    def same_album(self, one: MissingTrack) -> list[MissingTrack]:
        """Return missing tracks of the same album, by its id or by its names."""
        return [
            other
            for other in self.wanted.values()
            if (one.album_id and other.album_id == one.album_id)
            or (all(one.album_key) and other.album_key == one.album_key)
        ]


def enrich(
    run: Run, *, listener: Listener, wanted: list[MissingTrack], calls: int, now: datetime
) -> None:
    """Make at most `calls` calls, counted in the run. A spent budget is no failure."""
    batch = EnrichmentBatch(
        listener=listener, now=now, wanted={one.track_id: one for one in wanted}
    )
    run.counts = batch.counts
    try:
        while batch.wanted and batch.counts["calls"] < calls:
            one = next(iter(batch.wanted.values()))
            try:
                _step(batch, one)
            except TRANSIENT as error:
                batch.postpone(one, error)
    except errors.RateLimited:
        batch.counts["stopped_by_limit"] += 1
    batch.counts["left"] = len(batch.wanted)


def _step(batch: EnrichmentBatch, one: MissingTrack) -> None:
    pays = len(batch.same_album(one)) >= MIN_TRACKS_PER_ALBUM
    if one.album_id and one.album_id not in batch.asked_albums and pays:
        _album(batch, one.album_id)
    else:
        _track(batch, one)


def _track(batch: EnrichmentBatch, one: MissingTrack) -> None:
    body = batch.request(lambda spotify: spotify.track(one.track_id))
    details = payloads.track(body) if body else None
    others = batch.same_album(one)
    if details is None:
        batch.wanted.pop(one.track_id)
        _store_missing(batch, one)
        return
    batch.store([replace(details, track_id=one.track_id)])  # Spotify may answer with its twin
    for other in others:
        if other.track_id != one.track_id:
            batch.wanted[other.track_id] = replace(other, album_id=details.album_id)


def _album(batch: EnrichmentBatch, album_id: str) -> None:
    """Fetch one album and store those of its tracks that are missing here."""
    batch.asked_albums.add(album_id)
    body = batch.request(lambda spotify: spotify.album(album_id))
    album = body or {}
    rows = fields.parts(fields.part(album, "tracks"), "items")
    found = [payloads.track({**row, "album": album}) for row in rows]
    wanted = {one.track_id: one for one in found if one and one.track_id in batch.wanted}
    codes = dict(Track.objects.filter(track_id__in=wanted).values_list("track_id", "isrc"))
    batch.store([replace(one, isrc=codes.get(key, "")) for key, one in wanted.items()])


def _store_missing(batch: EnrichmentBatch, one: MissingTrack) -> None:
    """Record that Spotify knows no such track, so that the next run does not ask again."""
    batch.counts["missing"] += 1
    Track.objects.update_or_create(
        track_id=one.track_id,
        defaults={"fetched_at": batch.now},
        create_defaults={
            "fetched_at": batch.now,
            "track_name": one.track_name[:500],
            "artist_name": one.artist_name[:500],
            "album_name": one.album_name[:500],
        },
    )
