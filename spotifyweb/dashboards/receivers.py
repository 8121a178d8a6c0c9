"""What pages remember of a listener: forgotten with them, also where others looked at them."""

from django.core.cache import cache
from django.dispatch import receiver

from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.accounts.signals import answers_outdated, forgetting, part_erased
from spotifyweb.dashboards.corrections import changes
from spotifyweb.dashboards.duplicates import separations
from spotifyweb.lake import Suppression


@receiver(answers_outdated)
def forget(**_: object) -> dict[str, int]:
    """Everybody's answers go: the house's and a comparison's hold others than who asked."""
    redis = clients.redis_client()
    remembered = list(redis.scan_iter(match=cache.make_key("gold:*"), count=1000))
    if remembered:
        redis.delete(*remembered)
    return {"remembered answers": len(remembered)}


@receiver(part_erased)
def forget_decisions(listener: Listener, erased: Suppression, **_: object) -> dict[str, int]:
    """On plays of which an event is erased, and on what is not known any more."""
    return _forget_decisions(listener, [erased])


@receiver(forgetting)
def forget_all_decisions(
    user_id: str, listener: Listener | None, sources: tuple[str, ...], **_: object
) -> dict[str, int]:
    if listener is None:
        return {}
    erased = [Suppression(user_id=user_id, source=source) for source in sources or ("",)]
    return _forget_decisions(listener, erased)


def _forget_decisions(listener: Listener, erased: list[Suppression]) -> dict[str, int]:
    warehouse = clients.warehouse()
    return {
        "decisions on merged plays": separations.forget(listener, erased, warehouse=warehouse),
        "corrections of tracks and artists": changes.forget(listener, erased, warehouse=warehouse),
    }
