"""Celery tasks of erasure. Names and arguments are those of running installs."""

from celery import shared_task
from django.utils import timezone

from spotifyweb import locks
from spotifyweb.privacy import execution
from spotifyweb.privacy.models import ErasureRequest


@shared_task(name="accounts.erase")
def erase(*, order_pk: int, **_: object) -> None:
    """Execute the erasure request with that primary key, unless another worker does."""
    erasure = ErasureRequest.objects.filter(pk=order_pk, done_at=None).first()
    if erasure is None:
        return
    try:
        execution.advance(erasure, clock=timezone.now)
    except locks.LockHeld:
        return
    finish_erasures.apply_async(countdown=execution.IN_FLIGHT.total_seconds() + 1)


@shared_task(name="accounts.finish_erasures")
def finish_erasures(**_: object) -> None:
    """Resume every request that is not done."""
    execution.resume_all(clock=timezone.now)
