"""The field's library, `implicit`, when it is installed: sessions as users, the session's last
five tracks as the question. Its best is what ours has to beat."""

import warnings
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

from recommendations.evaluation.cases import Case
from recommendations.evaluation.contenders import DEPTH, Contender
from spotifyweb.warehouse.scratch import Scratch

SESSIONS = """
select listener_no, session_no, track_id, count(*) as plays
from play_sequence join track_numbers using (track_no)
group by all order by all
"""


QUERY_DECAY = 0.7  # of a track's weight in the question, for each step back


def is_installed() -> bool:
    """Return whether it can be imported, for which its wheel wants the system's libgomp too."""
    try:
        import_module("implicit")
    except ImportError:
        return False
    return True


def contenders(*, trained: bool = True) -> list[Contender]:
    """Return all of them, or those that only count; none where the library is not installed."""
    if not is_installed():
        return []
    counting: list[Contender] = [
        Implicit("bm25", tracks=5, tuned=True),
        Implicit("bm25", tracks=5),
        Implicit("bm25", tracks=1),
        Implicit("cosine", tracks=5),
    ]
    return [*counting, Implicit("als", tracks=5)] if trained else counting


class Implicit:
    """`tuned`: a session has a track or not, and earlier tracks of the question weigh less."""

    def __init__(self, kind: str, *, tracks: int, tuned: bool = False) -> None:
        self.kind, self.tracks, self.tuned = kind, tracks, tuned
        words = "tuned, " if tuned else ""
        self.name = f"implicit {kind}, {words}{tracks} track{'s' if tracks > 1 else ''}"

    def fit(self, scratch: Scratch, _: datetime) -> None:
        from scipy.sparse import csr_matrix
        from threadpoolctl import threadpool_limits

        rows = scratch.tuples(SESSIONS)
        self.tracks_known = sorted({str(row[2]) for row in rows})
        self.number = {track: place for place, track in enumerate(self.tracks_known)}
        sessions = {key: n for n, key in enumerate(dict.fromkeys((row[0], row[1]) for row in rows))}
        places = [sessions[row[0], row[1]] for row in rows]
        columns = [self.number[str(row[2])] for row in rows]
        counts = [1.0 if self.tuned else float(str(row[3])) for row in rows]
        shape = (len(sessions), len(self.tracks_known))
        sessions_by_track = csr_matrix((counts, (places, columns)), shape=shape)
        with warnings.catch_warnings(), threadpool_limits(1, "blas"):
            warnings.simplefilter("ignore")  # its own advice to itself about matrix formats
            self.model = self._model()
            self.model.fit(sessions_by_track, show_progress=False)

    def _model(self) -> Any:
        from implicit.als import AlternatingLeastSquares
        from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

        if self.kind == "als":
            return AlternatingLeastSquares(factors=64, random_state=7, num_threads=1)
        if self.tuned:
            return BM25Recommender(K=200, B=0.2, num_threads=1)
        kind = BM25Recommender if self.kind == "bm25" else CosineRecommender
        return kind(K=100, num_threads=1)

    def answer(self, cases: Sequence[Case]) -> list[list[str]]:
        import numpy as np

        asked = self._asked(cases)
        found, scores = self.model.recommend(
            np.arange(len(cases)),
            asked,
            N=DEPTH + 1,
            filter_already_liked_items=True,
            recalculate_user=True,
        )
        return [
            self._named(case, zip(tracks, points, strict=True))
            for case, tracks, points in zip(cases, found, scores, strict=True)
        ]

    def _asked(self, cases: Sequence[Case]) -> Any:
        from scipy.sparse import csr_matrix

        places, columns, weights = [], [], []
        for place, case in enumerate(cases):
            last = (case.playing, *case.before)[: self.tracks]
            known = {self.number[track]: k for k, track in enumerate(last) if track in self.number}
            places += [place] * len(known)
            columns += sorted(known)
            weights += [QUERY_DECAY ** known[n] if self.tuned else 1.0 for n in sorted(known)]
        return csr_matrix((weights, (places, columns)), shape=(len(cases), len(self.tracks_known)))

    def _named(self, case: Case, found: Any) -> list[str]:
        named = [self.tracks_known[track] for track, points in found if track >= 0 and points > 0]
        return [track for track in named if track != case.playing][:DEPTH]
