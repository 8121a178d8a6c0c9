"""Compaction of the lake: every dataset's finished days, under the locks of sink and erasures."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial

from ingestion.pipeline import claims
from spotifyweb import locks
from spotifyweb.lake import DATASETS, Lake, compaction
from spotifyweb.privacy.stores import LAKE_LOCK, LAKE_WAIT_SECONDS

LOCK, LOCK_SECONDS = "compact", 60
SWEEP_SECONDS = int((compaction.VALID_AFTER + compaction.KEPT).total_seconds()) + 60


def compact_all(*, store: Lake, clock: Callable[[], datetime]) -> Counter[str]:
    """Compact every dataset; return how many parts, rows and deletions.

    Raises locks.LockHeld while another run does, locks.LockLost, and LakeError.
    """
    total: Counter[str] = Counter()
    with locks.lock(LOCK, LOCK_SECONDS) as lock:
        for topic, dataset in DATASETS.items():
            done = compaction.compact(
                store,
                dataset,
                now=clock,
                uncommitted=partial(claims.claimed_positions, topic),
                guard=partial(_without_erasure, lock),
            )
            total.update(asdict(done))
    return total


@contextmanager
def _without_erasure(lock: locks.Lock) -> Iterator[Callable[[], None]]:
    with locks.lock(LAKE_LOCK, wait_seconds=LAKE_WAIT_SECONDS) as rewriting:

        def fence() -> None:
            lock.check()
            rewriting.check()

        yield fence
