"""What accounts does in the background."""

from celery import shared_task
from django.utils import timezone

from spotifyweb.accounts import erasing


@shared_task(name="accounts.finish_erasures")
def finish_erasures(**_: object) -> None:
    erasing.finish(now=timezone.now())
