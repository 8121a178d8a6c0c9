"""The formulas once more in plain Python, play by play, to check the SQL against.

Written from the text of the decision, not from the SQL: no shared code, no cleverness.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

WINDOW, DISTANCE, BACKWARD, HALF_LIFE, PRIOR, TOP = 20, 0.7, 0.4, 90, 2, 50
OWN, FADING, ARTIST, ACTIVATION, RECENT = 0.8, 0.6, 0.45, 0.02, 0.03


@dataclass(frozen=True)
class Heard:
    user_id: str
    track_id: str
    artist_name: str
    started_at: datetime
    played_at: datetime
    heard: timedelta | None = None  # of it; a pause is neither heard nor played

    @property
    def quiet_from(self) -> datetime:
        return self.played_at if self.heard is None else self.started_at + self.heard


def days(earlier: datetime, later: datetime) -> float:
    return (later - earlier) / timedelta(days=1)


def in_order(plays: list[Heard]) -> dict[str, list[Heard]]:
    found: dict[str, list[Heard]] = defaultdict(list)
    for play in sorted(plays, key=lambda p: (p.played_at, p.started_at, p.track_id)):
        found[play.user_id].append(play)
    return found


def sessions(plays: list[Heard]) -> list[list[Heard]]:
    """Of one listener, in order: 30 minutes in which nothing was heard end one."""
    found: list[list[Heard]] = []
    for play in plays:
        silent = not found or play.started_at - found[-1][-1].quiet_from > timedelta(minutes=30)
        if silent:
            found.append([])
        found[-1].append(play)
    return found


def strengths(plays: list[Heard], as_of: datetime) -> dict[tuple[str, str], float]:
    """Of one listener: how strongly the second track follows the first, as of then."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for session in sessions(plays):
        for place, earlier in enumerate(session):
            for distance in range(1, WINDOW + 1):
                if place + distance >= len(session):
                    break
                later = session[place + distance]
                if earlier.track_id == later.track_id:
                    continue
                decay = 0.5 ** (days(earlier.played_at, as_of) / HALF_LIFE)
                weight = distance**-DISTANCE * decay
                found[earlier.track_id, later.track_id] += weight
                found[later.track_id, earlier.track_id] += BACKWARD * weight
    return top(found)


def top(strength: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """The fifty strongest of each source."""
    by_source: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (source, target), value in strength.items():
        by_source[source].append((-value, target))
    return {
        (source, target): -value
        for source, found in by_source.items()
        for value, target in sorted(found)[:TOP]
    }


class House:
    """All that is known at one moment; `members` joined the house."""

    def __init__(self, plays: list[Heard], as_of: datetime, members: set[str]) -> None:
        self.as_of = as_of
        self.plays = in_order(plays)
        self.sessions = {user: sessions(own) for user, own in self.plays.items()}
        self.counts = {user: Counter(p.track_id for p in own) for user, own in self.plays.items()}
        self.artist = {play.track_id: play.artist_name for play in plays}
        self.own = {user: strengths(own, as_of) for user, own in self.plays.items()}
        together: dict[tuple[str, str], float] = defaultdict(float)
        for member in members:
            for pair, value in self.own[member].items():
                together[pair] += value
        self.members = members if len(members) > 1 else set()
        self.of_house = top(together)
        self.raw_activation = {user: activations(own, as_of) for user, own in self.plays.items()}

    def transition(self, user: str, source: str, target: str) -> float:
        own = self.own[user].get((source, target), 0) / (self.counts[user][source] + PRIOR)
        if user not in self.members:
            return own
        plays = sum(self.counts[member][source] for member in self.members)
        house = self.of_house.get((source, target), 0) / (plays + PRIOR)
        return OWN * own + (1 - OWN) * house

    def activation(self, user: str, track: str) -> float:
        raw = self.raw_activation[user]
        return raw.get(track, 0) / max(raw.values())

    def artist_share(self, user: str, playing: str, track: str) -> float:
        artist, counts = self.artist.get(playing), self.counts[user]
        if self.artist[track] != artist:
            return 0
        of_artist = sum(n for each, n in counts.items() if self.artist[each] == artist)
        return counts[track] / of_artist if of_artist else 0

    def next_score(self, user: str, session: list[str], track: str, asked_at: datetime) -> float:
        """`session`: the playing track and those before it, newest first."""
        score = sum(
            FADING**step * self.transition(user, source, track)
            for step, source in enumerate(session[:5])
        )
        score *= 0.5 ** (days(self.as_of, asked_at) / HALF_LIFE)
        score += self.order_score(user, session, track, asked_at)
        score += ARTIST * self.artist_share(user, session[0], track)
        score += ACTIVATION * self.activation(user, track)
        recent = sum(
            0.5 ** days(play.played_at, asked_at)
            for play in self.plays[user]
            if play.track_id == track
        )
        score += RECENT * recent / (1 + recent)
        times, repeated = session.count(track), 1 - len(set(session)) / len(session)
        kept = 0.5 * math.pow(0.7, min(times, 5)) + 1.5 * repeated
        return float(score * kept if times else score)

    def order_score(self, user: str, session: list[str], track: str, asked_at: datetime) -> float:
        """What came after the newest 300 earlier plays of the playing track."""
        playing, context = session[0], session[1:5]
        earlier = [
            (each[place].played_at, each, place)
            for each in self.sessions[user]
            for place in range(len(each))
            if each[place].track_id == playing
        ][-300:]
        pair = triple = pairs = similar = similars = week = weeks = last = last_age = 0.0
        for moment, heard, place in earlier:
            names = [play.track_id for play in heard]
            age = days(moment, asked_at)
            g, fast = math.exp2(-age / 90), math.exp2(-age / 7)
            at = [d for d in range(1, 21) if names[place + d : place + d + 1] == [track]]
            near = math.fsum(d**-0.7 for d in at)
            m = len({*context} & {*names[max(0, place - 8) : place]})
            similar, similars = similar + near * m * m * g, similars + m * m * g
            if context and names[:place][-1:] == context[:1]:
                pair, pairs = pair + g * near, pairs + g
                if len(context) > 1 and names[:place][-2:] == [context[1], context[0]]:
                    triple += g * near
            week, weeks = week + fast * (1 in at), weeks + fast
            last, last_age = float(1 in at), age
        week = week / (weeks + 1)
        return (
            0.8 * pair / (pairs + 0.3)
            + 1.5 * triple / (pairs + 0.3)
            + 0.4 * similar / (similars + 2)
            + 0.12 * last * math.exp2(-last_age / 3)
            + 0.2 * week
            + 0.2 * self.repeat_rate(user, session) * (week + last / 2)
        )

    def repeat_rate(self, user: str, session: list[str]) -> float:
        """How many of the last eight steps an earlier session made."""
        steps = [(session[k + 1], session[k]) for k in range(min(8, len(session) - 1))]
        made = {
            (before.track_id, after.track_id)
            for each in self.sessions[user]
            for before, after in pairwise(each)
        }
        return (sum(step in made for step in steps) + 0.3) / (len(steps) + 1)


def activations(plays: list[Heard], as_of: datetime) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for play in plays:
        found[play.track_id] += (max(days(play.played_at, as_of), 0) + 0.5) ** -0.5
    return found


def affinity(plays: list[Heard], as_of: datetime) -> dict[str, float]:
    """Of one listener: 0 to 100, recent plays count more."""
    found: dict[str, float] = defaultdict(float)
    for play in plays:
        age = days(play.played_at, as_of)
        found[play.artist_name] += 2.0 if age <= 7 else 1.5 if age <= 30 else 1.0
    return {artist: 100 * value / max(found.values()) for artist, value in found.items()}


def cooccurrence(plays: list[Heard]) -> dict[tuple[str, str], float]:
    """Sessions by clock hour with both / sessions with the first, from two sessions on."""
    hours: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    for play in plays:
        hour = play.played_at.replace(minute=0, second=0, microsecond=0)
        hours[play.user_id, hour].add(play.track_id)
    single = Counter(track for tracks in hours.values() for track in tracks)
    pairs = Counter((a, b) for tracks in hours.values() for a in tracks for b in tracks if a != b)
    return {(a, b): n / single[a] for (a, b), n in pairs.items() if n >= 2}


PAIRS_KEPT = 20  # of each track


def recommendations(
    plays: list[Heard], user: str, *, members: set[str], as_of: datetime
) -> list[tuple[str, float, float, int]]:
    """Track, score, greatest co-occurrence and number of source tracks, best first.

    Of a household where every known track was played by somebody: no other catalogue.
    """
    pairs: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (source, target), score in cooccurrence([p for p in plays if p.user_id in members]).items():
        pairs[source].append((score, target))
    own = [play for play in plays if play.user_id == user]
    played, loved = {play.track_id for play in own}, affinity(own, as_of)
    top = dict(sorted(loved.items(), key=lambda item: (-item[1], item[0]))[:50])
    heard_with: dict[str, list[float]] = defaultdict(list)
    for source in played:
        for score, target in sorted(pairs[source], key=lambda pair: -pair[0])[:PAIRS_KEPT]:
            heard_with[target].append(score)
    artists = {play.track_id: play.artist_name for play in plays if play.user_id in members}
    rows = []
    for track, artist in artists.items():
        scores, liking = heard_with.get(track, [0.0]), top.get(artist, 0.0)
        if track in played or not (max(scores) or liking):
            continue
        total = (0.7 * sum(scores) / len(scores) + 0.3 * liking / 100) * 100
        rows.append((track, total, max(scores), len(heard_with.get(track, []))))
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:50]


def rediscovery(plays: list[Heard], as_of: datetime) -> dict[str, float]:
    """Of one listener: tracks silent for 30 days, by days heard and memory."""
    raw = activations(plays, as_of)
    heard_on: dict[str, set[object]] = defaultdict(set)
    last: dict[str, datetime] = {}
    for play in plays:
        heard_on[play.track_id].add(play.played_at.date())
        last[play.track_id] = max(play.played_at, last.get(play.track_id, play.played_at))
    return {
        track: math.log(1 + len(heard_on[track])) + math.log(raw[track])
        for track in raw
        if days(last[track], as_of) >= 30
    }
