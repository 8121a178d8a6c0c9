"""What Liner adds to Celery's worker as a whole."""

import gc

from spotifyweb import celery


def test_a_worker_looks_only_through_what_came_after_its_start() -> None:
    """Else what failed tasks leave stays: 70 MB after 250 of them, 6 MB so."""
    celery.freeze_loaded_objects()
    try:
        assert len(gc.get_objects()) < gc.get_freeze_count() / 10
    finally:
        gc.unfreeze()
