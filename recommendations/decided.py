"""What listeners decided on other pages and recommendations follow at once: rules, and the house.

By the rows that hang on a listener, as foreign keys have it; a build takes up the rest.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from recommendations import caching
from spotifyweb.accounts.models import Listener
from spotifyweb.names import folded


def is_housemate(user_id: str) -> bool:
    return Listener.objects.filter(user_id=user_id, housemate__isnull=False).exists()


def left_out(listener: Listener) -> frozenset[tuple[str, str]]:
    """Artists and albums that a rule of theirs excludes, folded."""
    rules = listener.rules.filter(is_on=True, kind__in=("artist", "album"))
    return frozenset((rule.kind, folded(rule.value)) for rule in rules)


def forget_answers(instance: Any, **_: object) -> None:
    user_id = instance.listener.user_id
    transaction.on_commit(lambda: caching.forget_answers(user_id))


for decision in ("dashboards.Rule", "dashboards.Housemate"):
    for changed in (post_save, post_delete):
        changed.connect(forget_answers, sender=decision)
