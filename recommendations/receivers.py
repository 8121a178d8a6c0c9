"""Receivers of signals after which stored answers hold no more."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from recommendations import cache
from spotifyweb.accounts.models import Listener
from spotifyweb.privacy import registry
from spotifyweb.privacy.registry import Counts, PersonalData


@receiver(post_save, sender=Listener)
def invalidate_inactive(instance: Listener, **_: Any) -> None:
    """Invalidate answers: credentials are not known here by name, and Django refuses them."""
    if not instance.is_active:
        cache.invalidate(instance.user_id)


@registry.register
class RecommendationData(PersonalData):
    """Feedback and stored answers."""

    tables: ClassVar[Mapping[str, str]] = {
        "recommendations.Feedback": "deleted with the listener's row"
    }

    def erase_all(
        self,
        user_id: str,
        listener: Listener | None,  # noqa: ARG002
        sources: tuple[str, ...],  # noqa: ARG002
    ) -> Counts:
        return {"stored recommendations": cache.erase(user_id)}

    def invalidate(self, user_id: str) -> Counts:
        """Erase stored answers. Raises RedisError: what may be left must not count as gone."""
        return {"stored recommendations": cache.erase(user_id)}


def invalidate_answers(instance: Any, **_: object) -> None:
    user_id = instance.listener.user_id
    transaction.on_commit(lambda: cache.invalidate(user_id))


for decision in ("dashboards.ExclusionRule", "dashboards.HouseholdMember"):
    for changed in (post_save, post_delete):
        changed.connect(invalidate_answers, sender=decision)
