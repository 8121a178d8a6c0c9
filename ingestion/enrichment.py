"""Unknown lengths and covers from Spotify, a few calls an hour; old metadata is renewed.

Spotify gives no batches: one call a track, or one an album, which fills all that is wanted of it.
The daily budget is kept by the Spotify door; what was asked about is noted in the catalogue at
once, so an interrupted run goes on where it stopped.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from ingestion import catalogue
from ingestion.models import Run, Track
from ingestion.wanting import Wanted
from spotifyweb import clients
from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Listener
from spotifyweb.spotify import errors, fields, payloads
from spotifyweb.spotify.client import Body, SpotifyClient
from spotifyweb.spotify.payloads import TrackDetails

WORTH_AN_ALBUM = 2  # so many of its tracks must be wanted
UNKNOWN = (errors.NotFound, errors.BadRequest)  # no such id, or one that cannot be an id
PASSING = (errors.Unavailable, errors.BadAnswer)
PATIENCE = 5  # so many items may go unanswered in one run: more is no matter of the items


@dataclass(slots=True, kw_only=True)
class Portion:
    """What one run still wants and has done; asked on behalf of one listener."""

    listener: Listener
    now: datetime
    wanted: dict[str, Wanted]
    asked_albums: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=lambda: Counter(calls=0, tracks=0, missing=0))

    def ask(self, question: Callable[[SpotifyClient], Body]) -> Body | None:
        """The answer, or None where Spotify knows no such thing."""
        self.counts["calls"] += 1
        try:
            body = tokens.call_spotify(self.listener, question, now=self.now)
        except UNKNOWN:
            return None
        reasons = fields.invalid_fields(body)
        self.counts["odd"] += len(reasons)
        clients.spotify_quota().count_invalid("catalogue", reasons)
        return body

    def put_off(self, one: Wanted, error: errors.SpotifyError) -> None:
        """To another run, so that one item holds up no other. Raises where Spotify is away."""
        self.counts["unanswered"] += 1
        if self.counts["unanswered"] > PATIENCE:
            raise error
        self.wanted.pop(one.track_id)

    def keep(self, details: list[TrackDetails]) -> None:
        self.counts["tracks"] += catalogue.keep(details, now=self.now)
        for one in details:
            self.wanted.pop(one.track_id, None)

    def mates(self, one: Wanted) -> list[Wanted]:
        """What is wanted of the same album, told by its id or by its names."""
        return [
            other
            for other in self.wanted.values()
            if (one.album_id and other.album_id == one.album_id)
            or (all(one.record) and other.record == one.record)
        ]


def enrich(
    run: Run, *, listener: Listener, wanted: list[Wanted], calls: int, now: datetime
) -> None:
    """Ask at most `calls` questions, counted in the run. A spent budget is no failure."""
    portion = Portion(listener=listener, now=now, wanted={one.track_id: one for one in wanted})
    run.counts = portion.counts
    try:
        while portion.wanted and portion.counts["calls"] < calls:
            one = next(iter(portion.wanted.values()))
            try:
                _step(portion, one)
            except PASSING as error:
                portion.put_off(one, error)
    except errors.RateLimited:
        portion.counts["stopped_by_limit"] += 1
    portion.counts["left"] = len(portion.wanted)


def _step(portion: Portion, one: Wanted) -> None:
    pays = len(portion.mates(one)) >= WORTH_AN_ALBUM
    if one.album_id and one.album_id not in portion.asked_albums and pays:
        _album(portion, one.album_id)
    else:
        _track(portion, one)


def _track(portion: Portion, one: Wanted) -> None:
    body = portion.ask(lambda spotify: spotify.track(one.track_id))
    details = payloads.track(body) if body else None
    mates = portion.mates(one)
    if details is None:
        portion.wanted.pop(one.track_id)
        _note_missing(portion, one)
        return
    portion.keep([replace(details, track_id=one.track_id)])  # Spotify may answer with its twin
    for mate in mates:
        if mate.track_id != one.track_id:
            portion.wanted[mate.track_id] = replace(mate, album_id=details.album_id)


def _album(portion: Portion, album_id: str) -> None:
    """Of an album's tracks only those are kept that somebody here wants."""
    portion.asked_albums.add(album_id)
    body = portion.ask(lambda spotify: spotify.album(album_id))
    album = body or {}
    rows = fields.parts(fields.part(album, "tracks"), "items")
    found = [payloads.track({**row, "album": album}) for row in rows]
    wanted = {one.track_id: one for one in found if one and one.track_id in portion.wanted}
    codes = dict(Track.objects.filter(track_id__in=wanted).values_list("track_id", "isrc"))
    portion.keep([replace(one, isrc=codes.get(key, "")) for key, one in wanted.items()])


def _note_missing(portion: Portion, one: Wanted) -> None:
    """So that the next run does not ask again."""
    portion.counts["missing"] += 1
    Track.objects.update_or_create(
        track_id=one.track_id,
        defaults={"fetched_at": portion.now},
        create_defaults={
            "fetched_at": portion.now,
            "track_name": one.track_name[:500],
            "artist_name": one.artist_name[:500],
            "album_name": one.album_name[:500],
        },
    )
