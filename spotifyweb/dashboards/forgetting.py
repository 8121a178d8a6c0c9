"""What pages remember of a listener: forgotten with them, also where others looked at them."""

from django.core.cache import cache
from django.dispatch import receiver

from spotifyweb import clients
from spotifyweb.accounts.signals import answers_outdated


@receiver(answers_outdated)
def forget(**_: object) -> dict[str, int]:
    """Everybody's answers go: the house's and a comparison's hold others than who asked."""
    redis = clients.redis_client()
    remembered = list(redis.scan_iter(match=cache.make_key("gold:*"), count=1000))
    if remembered:
        redis.delete(*remembered)
    return {"remembered answers": len(remembered)}
