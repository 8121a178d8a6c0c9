"""Feedback on recommendations: stored here for the next answer, appended to the log for the lake.

Up and down change a score, for the track and a little for its artist; known is no longer shown as
new; hidden is gone, and so is an artist or album that a rule of the listener excludes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import orjson
from django.db.models import Q, QuerySet

from recommendations import cache
from recommendations.models import Feedback
from spotifyweb import events
from spotifyweb.accounts.models import Listener
from spotifyweb.eventlog import EventLog
from spotifyweb.text import fold_name
from spotifyweb.warehouse import Row

TRACK_FACTOR = {Feedback.Kind.UP: 1.5, Feedback.Kind.DOWN: 0.4}
LEANING = {Feedback.Kind.UP: 1, Feedback.Kind.DOWN: -1}  # towards the artist
LATER_DAYS = 30  # for which "not now" hides
ARTIST_STEP = 1.1  # per feedback on a track of the artist
ARTIST_MAX = 3  # of them that still add up


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSummary:
    """The feedback in force at one moment."""

    by_track: dict[str, str] = field(default_factory=dict)
    by_artist: dict[str, int] = field(default_factory=dict)  # folded; ups minus downs
    excluded: frozenset[tuple[str, str]] = frozenset()  # kind of rule, and what it excludes

    def with_ids(self, ids: Mapping[str, str]) -> "FeedbackSummary":
        """Return a copy with each track under its id in `ids`, if any; the newest holds."""
        by_track = {ids.get(track, track): kind for track, kind in self.by_track.items()}
        excluded = frozenset(
            (kind, ids.get(value, value) if kind == "track" else value)
            for kind, value in self.excluded
        )
        return replace(self, by_track=by_track, excluded=excluded)

    @property
    def track_ids(self) -> set[str]:
        """The ids under which it names tracks."""
        return {*self.by_track, *(value for kind, value in self.excluded if kind == "track")}

    def is_hidden(self, track_id: str) -> bool:
        return self.by_track.get(track_id) == Feedback.Kind.HIDE

    def is_known(self, track_id: str) -> bool:
        return self.by_track.get(track_id) == Feedback.Kind.KNOWN

    def annotate(self, track_id: str) -> dict[str, str]:
        """Return what an answer adds to a recommendation that has feedback."""
        return {"verdict": self.by_track[track_id]} if track_id in self.by_track else {}

    def is_excluded(self, track: Row) -> bool:
        """Return whether a rule excludes the track; other effects of rules come with a build."""
        if not self.excluded:
            return False
        kinds = ("artist", "album")
        named = {(kind, fold_name(track.get(f"{kind}_name") or "")) for kind in kinds}
        return not (named | {("track", track.get("track_id"))}).isdisjoint(self.excluded)

    def factor(self, track_id: str, artist_name: str | None) -> float:
        leaning = self.by_artist.get(fold_name(artist_name or ""), 0) if self.by_artist else 0
        leaning = max(-ARTIST_MAX, min(ARTIST_MAX, leaning))
        factor = TRACK_FACTOR.get(self.by_track.get(track_id), 1.0)  # type: ignore[call-overload]
        return float(factor * ARTIST_STEP**leaning)


def active(listener: Listener, *, now: datetime) -> QuerySet[Feedback]:
    return Feedback.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), listener=listener)


def summarize(listener: Listener, *, now: datetime) -> FeedbackSummary:
    rows = list(active(listener, now=now).order_by("given_at"))
    leanings: Counter[str] = Counter()
    for row in rows:
        if row.artist_name and row.kind in LEANING:
            leanings[fold_name(row.artist_name)] += LEANING[Feedback.Kind(row.kind)]
    return FeedbackSummary(
        by_track={row.track_id: row.kind for row in rows},
        by_artist=dict(leanings),
        excluded=excluded_names(listener),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The track that gets feedback."""

    track_id: str
    track_name: str | None = None
    artist_name: str | None = None
    other_ids: tuple[str, ...] = ()  # of the same recording


def record(
    listener: Listener,
    subject: Subject,
    *,
    kind: str,
    days: int | None = None,
    now: datetime,
    log: EventLog,
) -> Feedback:
    """Append the event, then store it. Raises LogError: then nothing was stored."""
    expires_at = now + timedelta(days=days) if days else None
    _append(listener, subject, kind=kind, expires_at=expires_at, now=now, log=log)
    stored, _ = Feedback.objects.update_or_create(
        listener=listener,
        track_id=subject.track_id,
        defaults={
            "artist_name": subject.artist_name or "",
            "kind": kind,
            "given_at": now,
            "expires_at": expires_at,
        },
    )
    cache.invalidate(listener.user_id)
    return stored


def clear(listener: Listener, subject: Subject, *, now: datetime, log: EventLog) -> None:
    """Take feedback back, also one that was given under another id. Raises LogError."""
    others = Feedback.objects.filter(listener=listener, track_id__in=subject.other_ids)
    cleared = {subject.track_id, *others.values_list("track_id", flat=True)}
    for track_id in sorted(cleared):
        named = replace(subject, track_id=track_id)
        _append(listener, named, kind="clear", expires_at=None, now=now, log=log)
    Feedback.objects.filter(listener=listener, track_id__in=cleared).delete()
    cache.invalidate(listener.user_id)


def _append(
    listener: Listener,
    subject: Subject,
    *,
    kind: str,
    expires_at: datetime | None,
    now: datetime,
    log: EventLog,
) -> None:
    event = events.Feedback(
        user_id=listener.user_id,
        played_at=now,
        track_id=subject.track_id,
        track_name=subject.track_name,
        artist_name=subject.artist_name,
        source="feedback",
        verdict=kind,
        expires_at=expires_at,
    )
    log.append(event.topic, [(event.user_id, orjson.dumps(event.to_json()))])


def is_household_member(user_id: str) -> bool:
    return Listener.objects.filter(user_id=user_id, household_membership__isnull=False).exists()


def excluded_names(listener: Listener) -> frozenset[tuple[str, str]]:
    """Return ids of tracks, and folded artists and albums, that a listener's rules exclude."""
    rules = listener.rules.filter(is_on=True, kind__in=("track", "artist", "album"))
    return frozenset(
        (rule.kind, rule.value if rule.kind == "track" else fold_name(rule.value)) for rule in rules
    )
