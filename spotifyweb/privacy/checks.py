"""System checks: every topic and every table of listeners declares how it is erased."""

from collections.abc import Iterator, Sequence

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, register
from django.db.models import Model

from spotifyweb import events
from spotifyweb.lake.suppression import ERASED_BY_PERIOD
from spotifyweb.privacy import registry


@register("privacy")
def declared_tables(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    """Check the models with a relation to a listener or a field `user_id`."""
    declared = {label for data in registry.all_data() for label in data.tables}
    undeclared = sorted(set(_tables_of_listeners()) - declared)
    unknown = sorted(declared - {model._meta.label for model in apps.get_models()})
    return [
        *(
            Error(
                f"{label} holds personal data and no app declares how it is erased",
                hint="Add it to `tables` of the app's PersonalData (spotifyweb/privacy/registry.py)"
                " and erase its rows there, or say that they are deleted with their listener.",
                id="privacy.E001",
            )
            for label in undeclared
        ),
        *(
            Error(
                f"{label} is declared as personal data, and there is no such model",
                hint="Correct or remove it in `tables` of the app's PersonalData.",
                id="privacy.E002",
            )
            for label in unknown
        ),
    ]


@register("privacy")
def declared_topics(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    """Check the topics of the event log."""
    declared = {events.TYPES[event_type].topic for event_type in ERASED_BY_PERIOD}
    return [
        Error(
            f"the topic {topic} does not declare how its events are erased",
            hint="Add its event type to ERASED_BY_PERIOD in spotifyweb/lake/suppression.py, and its"
            " sources to spotifyweb/lake/sources.py.",
            id="privacy.E003",
        )
        for topic in events.TOPICS
        if topic not in declared
    ]


def _tables_of_listeners() -> Iterator[str]:
    for model in apps.get_models():
        if model is get_user_model() or _refers_to_listener(model):
            yield model._meta.label


def _refers_to_listener(model: type[Model]) -> bool:
    return any(
        field.name == "user_id" or (field.concrete and field.related_model is get_user_model())
        for field in model._meta.get_fields()
    )
