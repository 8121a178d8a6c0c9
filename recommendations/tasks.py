"""Celery task of the recommendations."""

from celery import shared_task
from django.utils import timezone

from recommendations.evaluation import monthly
from spotifyweb import clients


@shared_task(name="recommendations.evaluate", ignore_result=True)
def evaluate(**_: object) -> bool:
    """Start the monthly evaluation where it is due; returns whether it was."""
    return monthly.start(warehouse=clients.warehouse(), now=timezone.now()) is not None
