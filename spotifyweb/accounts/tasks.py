"""What accounts does in the background."""

from celery import shared_task
from django.utils import timezone

from spotifyweb import locks
from spotifyweb.accounts import carrying_out
from spotifyweb.accounts.models import Order


@shared_task(name="accounts.erase")
def erase(*, order_pk: int, **_: object) -> None:
    """Carry out what was asked just now, unless somebody is at it already."""
    order = Order.objects.filter(pk=order_pk, done_at=None).first()
    if order is None:
        return
    try:
        carrying_out.advance(order, clock=timezone.now)
    except locks.LockHeld:
        return
    finish_erasures.apply_async(countdown=carrying_out.IN_FLIGHT.total_seconds() + 1)


@shared_task(name="accounts.finish_erasures")
def finish_erasures(**_: object) -> None:
    carrying_out.go_on(clock=timezone.now)
