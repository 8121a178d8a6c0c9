"""Nearest sessions, the strongest counting rivals in the literature: V-SkNN and STAN.

Sessions that share tracks with the running one lend theirs. V-SkNN (Ludewig and Jannach, 2018)
weighs the running session's tracks by position; STAN (Garg et al., 2019) also by how old the other
session is and how far a track stands from the shared one.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest

from recommendations.evaluation.cases import Case
from recommendations.evaluation.contenders import DEPTH
from spotifyweb.warehouse.scratch import Scratch

SESSIONS = """
select sessions.listener_no, sessions.session_no, tracks.track_id, sessions.played_at
from play_sequence as sessions
inner join track_numbers as tracks on tracks.track_no = sessions.track_no
order by sessions.listener_no, sessions.session_no, sessions.play_no
"""
SAMPLE = 1000  # sessions that are compared, the newest
FADING_DAYS = 90.0  # of a session's weight for STAN
FADING_STEPS = 2.05  # of a track's weight for STAN, away from the shared one
FADING_POSITIONS = 1.02  # of the running session's tracks for STAN


@dataclass(slots=True)
class PastSession:
    positions: dict[str, int]  # track -> its last place, from 1
    ended_at: datetime


class SessionNeighbors:
    """V-SkNN: tracks of the sessions that are nearest to the running one."""

    name = "V-SkNN"
    neighbors = 100

    def fit(self, scratch: Scratch, _: datetime) -> None:
        sessions: dict[tuple[object, object], PastSession] = {}
        for listener, number, track, ended_at in scratch.tuples(SESSIONS):
            assert isinstance(ended_at, datetime)
            session = sessions.setdefault((listener, number), PastSession({}, ended_at))
            session.positions[str(track)] = len(session.positions) + 1
            session.ended_at = ended_at
        self.sessions = sorted(sessions.values(), key=lambda each: each.ended_at)
        self.with_track: dict[str, list[int]] = defaultdict(list)
        for place, session in enumerate(self.sessions):
            for track in session.positions:
                self.with_track[track].append(place)

    def answer(self, cases: Sequence[Case]) -> list[list[str]]:
        return [self._answer(case) for case in cases]

    def _answer(self, case: Case) -> list[str]:
        tracks = list(dict.fromkeys(case.session))  # newest first
        places = {place for track in tracks for place in self.with_track.get(track, ())}
        compared = [self.sessions[place] for place in nlargest(SAMPLE, places)]
        weighed = [(self.similarity(tracks, session, case), session) for session in compared]
        scores: dict[str, float] = defaultdict(float)
        for similarity, session in nlargest(self.neighbors, weighed, key=lambda pair: pair[0]):
            step, shared = next(
                (step, track) for step, track in enumerate(tracks) if track in session.positions
            )
            for track in session.positions:
                scores[track] += similarity * self.lend(session, track, shared, step)
        scores.pop(case.playing, None)
        return sorted(scores, key=lambda track: (-scores[track], track))[:DEPTH]

    def similarity(self, tracks: Sequence[str], session: PastSession, _: Case) -> float:
        """Return the sum of the shared tracks' weights, which fall from the newest on."""
        return sum(
            1 - step / len(tracks)
            for step, track in enumerate(tracks)
            if track in session.positions
        )

    def lend(self, _session: PastSession, _track: str, _shared: str, step: int) -> float:
        """Return the share of a session's weight that a track of it gets."""
        return max(0.0, 1 - 0.1 * step)


class SequenceAwareNeighbors(SessionNeighbors):
    """STAN: the same by position, by the age of the other session, by distance in it."""

    name = "STAN"
    neighbors = 500

    def similarity(self, tracks: Sequence[str], session: PastSession, case: Case) -> float:
        shared = sum(
            math.exp(-step / FADING_POSITIONS)
            for step, track in enumerate(tracks)
            if track in session.positions
        )
        age_days = (case.playing_at - session.ended_at) / timedelta(days=1)
        likeness = shared / math.sqrt(len(tracks) * len(session.positions))
        return likeness * math.exp(-age_days / FADING_DAYS)

    def lend(self, session: PastSession, track: str, shared: str, _step: int) -> float:
        away = abs(session.positions[track] - session.positions[shared])
        return math.exp(-away / FADING_STEPS)
