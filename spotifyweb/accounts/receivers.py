"""What accounts hears from elsewhere: a published build ends orders to erase."""

from django.dispatch import receiver
from django.utils import timezone

from spotifyweb import signals
from spotifyweb.accounts import carrying_out
from spotifyweb.accounts.models import Order


@receiver(signals.build_published)
def complete_orders(**_: object) -> None:
    for order in Order.objects.filter(done_at=None).exclude(settled_at=None):
        carrying_out.complete(order, now=timezone.now())
