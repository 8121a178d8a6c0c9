"""Receivers of signals: a published build finishes erasure requests."""

from django.dispatch import receiver
from django.utils import timezone

from spotifyweb import signals
from spotifyweb.privacy import execution
from spotifyweb.privacy.models import ErasureRequest


@receiver(signals.build_published)
def finish_requests(**_: object) -> None:
    """Finish the requests of which both passes are over."""
    for erasure in ErasureRequest.objects.filter(done_at=None).exclude(second_pass_at=None):
        execution.finish(erasure, now=timezone.now())
