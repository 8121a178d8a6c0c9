"""Fetch unknown lengths, covers, artists and albums from Spotify, a few an hour; renew what is old.

Spotify offers no batch calls: one call is one track, one artist, or one album, which fills all of
its tracks that are missing. Pages of an artist's albums are a family of calls with limits of its
own: where it is refused, the others go on. The Spotify client keeps the daily budgets. Each answer
is stored at once, so an interrupted run continues where it stopped.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice

from ingestion.fetch import albums, catalogue
from ingestion.fetch.albums import AlbumPage
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
ALBUMS_SHARE = 1 / 4  # the same
REFUSED_SECONDS = 24 * 60 * 60  # in which a family is not called again after 403
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

    def request(
        self, question: Callable[[SpotifyClient], Body], *, counted: str = "calls"
    ) -> Body | None:
        """Make one call; return its answer, or None where Spotify knows no such item."""
        self.counts[counted] += 1
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
    wanted_albums: Sequence[str] = (),
    pages: Iterable[AlbumPage] = (),
    calls: int,
    now: datetime,
) -> None:
    """Make at most `calls` calls, counted in the run. A spent budget is no failure.

    `artists` and `wanted_albums` are ids; they take their shares of the calls, and all where no
    track is missing. `pages` are listed besides.
    """
    batch = EnrichmentBatch(
        listener=listener, now=now, missing={track.track_id: track for track in missing}
    )
    run.counts = batch.counts
    _list_albums(batch, pages)
    try:
        _fetch_artists(batch, artists, calls=_share(calls, ARTISTS_SHARE, missing or wanted_albums))
        left = calls - batch.counts["calls"]
        _fetch_albums(batch, wanted_albums, calls=min(left, _share(calls, ALBUMS_SHARE, missing)))
        _fetch_tracks(batch, calls=calls)
    except errors.RateLimited:
        batch.counts["stopped_by_limit"] += 1
    batch.counts["left"] = len(batch.missing)


def _list_albums(batch: EnrichmentBatch, pages: Iterable[AlbumPage]) -> None:
    """List albums until the family is refused: by its budget, by 429, or by 403 for a day."""
    try:
        for page in pages:
            _list_page(batch, page)
    except errors.RateLimited:
        batch.counts["listing_stopped"] += 1
    except errors.Removed:
        batch.counts["listing_stopped"] += 1
        clients.spotify_quota().block("artist_albums", seconds=REFUSED_SECONDS)


def _list_page(batch: EnrichmentBatch, page: AlbumPage) -> None:
    def ask(spotify: SpotifyClient) -> Body:
        return spotify.artist_albums(page.artist_id, group=page.group, offset=page.offset)

    try:
        body = batch.request(ask, counted="pages")
    except TRANSIENT as error:
        batch.postpone(error)
    else:
        batch.counts["listed"] += albums.store_page(page, body, now=batch.now)


def _share(calls: int, share: float, others: Sequence[object]) -> int:
    """Return so much of the calls as others leave: all where there are none."""
    return int(calls * share) if others else calls


def _fetch_artists(batch: EnrichmentBatch, artists: Iterable[str], *, calls: int) -> None:
    for artist_id in islice(artists, calls):
        try:
            body = batch.request(partial(SpotifyClient.artist, artist_id=artist_id))
        except TRANSIENT as error:
            batch.postpone(error)
        else:
            store_artist(artist_id, body, now=batch.now)
            batch.counts["artists"] += 1


def _fetch_albums(batch: EnrichmentBatch, wanted: Iterable[str], *, calls: int) -> None:
    for album_id in islice(wanted, calls):
        try:
            body = _album(batch, album_id)
        except TRANSIENT as error:
            batch.postpone(error)
        else:
            batch.counts["album_tracks"] += albums.store_album(album_id, body, now=batch.now)
            batch.counts["albums"] += 1


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


def _album(batch: EnrichmentBatch, album_id: str) -> Body | None:
    """Fetch one album and store those of its tracks that are missing here; return the answer."""
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
    return body


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
