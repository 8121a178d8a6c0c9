"""The strategies that settings name; the first is the default."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from recommendations.strategies.base import Strategy


def strategies() -> dict[str, Strategy]:
    """Return the strategies by name, in the order of RECOMMENDATION_STRATEGIES."""
    return _load(tuple(settings.RECOMMENDATION_STRATEGIES))


def default_strategy() -> str:
    return next(iter(strategies()))


@cache
def _load(paths: tuple[str, ...]) -> dict[str, Strategy]:
    made: list[Strategy] = [import_string(path)() for path in paths]
    return {strategy.name: strategy for strategy in made}
