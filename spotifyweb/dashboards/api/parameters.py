"""Query parameters of the endpoints, documented and checked by the same fields.

A page leaves out an invalid value, so that an old link still opens. A script would not notice that
it was answered something else than it asked for, so the API refuses.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from spotifyweb.dashboards import pagination
from spotifyweb.dashboards.filters import FIRST_DAY, LAST_DAY, MAX_MIN_MS, PODCASTS, RANGES, YEAR

Field = serializers.Field[Any, Any, Any, Any]
Query = type[serializers.Serializer[Any]]


def use_one_of(names: Iterable[str]) -> Any:
    """Return the sentence of a refusal, which the language of the request makes a text."""
    return format_lazy(_("Use one of: {names}."), names=", ".join(names))


def one_of(*choices: str, words: str = "") -> Field:
    messages = {"invalid_choice": use_one_of(choices)}
    return serializers.ChoiceField(
        choices, required=False, help_text=words, error_messages=messages
    )


def day(words: str = "") -> Field:
    bounds = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return serializers.DateField(required=False, help_text=words, validators=bounds)


def integer(first: int, last: int, words: str = "") -> Field:
    return serializers.IntegerField(
        min_value=first, max_value=last, required=False, help_text=words
    )


def text(words: str = "", *, required: bool = False) -> Field:
    return serializers.CharField(required=required, help_text=words, trim_whitespace=False)


FILTERS: Mapping[str, Field] = {
    "range": serializers.RegexField(
        rf"^({'|'.join(RANGES)}|{YEAR.pattern})$",
        required=False,
        help_text=f"{', '.join(RANGES)} or a year such as 2025",
        error_messages={"invalid": use_one_of([*RANGES, "2025"])},
    ),
    "from": day("first day; the last day is optional"),
    "to": day("last day"),
    "device": text("device type, such as Smartphone"),
    "source": text("recently_played, player, extended_history …"),
    "min_ms": integer(0, MAX_MIN_MS, "minimum listening time in milliseconds"),
    "skips": one_of("0", "1", words="1 to count skips as plays"),
    "podcasts": one_of(
        *filter(None, PODCASTS),
        words="with: music and podcasts; only: podcasts and audiobooks; else music",
    ),
    "rules": one_of("0", "1", words="0 to include excluded items"),
}
PAGE = integer(1, pagination.LAST, "from 1")
STEP = one_of("day", "week", "month")
BY = one_of("plays", "time")


def query_of(name: str, fields: Mapping[str, Field]) -> Query:
    """Return the serializer of a query with these parameters."""
    return type(f"{name}Query", (serializers.Serializer,), dict(fields))


def validate(query: Query, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values as addresses of pages have them, 2026-1-5 as 2026-01-05.

    Empty ones are left out: a form sends them for what is not set. Raises ValidationError.
    """
    given = {name: value for name, value in values.items() if value}
    serializer = query(data=given)
    serializer.is_valid(raise_exception=True)
    return given | {name: str(value) for name, value in serializer.validated_data.items()}
