"""Erasure of cached query results and of decisions on erased data."""

from collections.abc import Mapping
from typing import ClassVar

from django.core.cache import cache

from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.corrections import changes
from spotifyweb.dashboards.duplicates import separations
from spotifyweb.lake import Suppression
from spotifyweb.privacy import registry
from spotifyweb.privacy.registry import Counts, PersonalData


@registry.register
class DashboardData(PersonalData):
    """Share links, exclusion rules and decisions of a listener, and cached query results."""

    tables: ClassVar[Mapping[str, str]] = {
        "dashboards.ShareLink": "deleted with the listener's row",
        "dashboards.ExclusionRule": "deleted with the listener's row",
        "dashboards.Separation": "deleted where a play's event is erased",
        "dashboards.Correction": "deleted where nothing of its track or artist is left",
        "dashboards.HouseholdMember": "deleted with the listener's row",
    }

    def erase_all(
        self, user_id: str, listener: Listener | None, sources: tuple[str, ...]
    ) -> Counts:
        if listener is None:
            return {}
        erased = [Suppression(user_id=user_id, source=source) for source in sources or ("",)]
        return _delete_decisions(listener, erased)

    def erase_part(self, listener: Listener, erased: Suppression) -> Counts:
        """Delete decisions on plays of which an event is erased, and on items that are gone."""
        return _delete_decisions(listener, [erased])

    def invalidate(self, user_id: str) -> Counts:  # noqa: ARG002
        """Delete everybody's cached results, since household results hold other members' plays."""
        redis = clients.redis_client()
        keys = list(redis.scan_iter(match=cache.make_key("gold:*"), count=1000))
        if keys:
            redis.delete(*keys)
        return {"cached statistics": len(keys)}


def _delete_decisions(listener: Listener, erased: list[Suppression]) -> dict[str, int]:
    warehouse = clients.warehouse()
    return {
        "decisions on merged plays": separations.delete_erased(
            listener, erased, warehouse=warehouse
        ),
        "corrections of tracks and artists": changes.delete_erased(
            listener, erased, warehouse=warehouse
        ),
    }
