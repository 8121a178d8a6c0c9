"""Serializers of the erasures API. Field names are the API's, older than the models'."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from spotifyweb.privacy.models import ErasureRequest


class ErasureRequestSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[kind.value for kind in ErasureRequest.SUPPRESSING])
    event_id = serializers.CharField(required=False, max_length=40, help_text="of a play")
    first = serializers.DateField(
        required=False, help_text="of a period, in your time zone at the time"
    )
    last = serializers.DateField(required=False)
    source = serializers.CharField(  # type: ignore[assignment]  # a field of that name, too
        required=False, max_length=40, help_text="such as account_data"
    )
    preview = serializers.BooleanField(
        default=False, help_text="return what would be erased, and erase nothing"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_period = attrs["kind"] == ErasureRequest.Kind.PERIOD
        if is_period and not ("first" in attrs and "last" in attrs):
            raise serializers.ValidationError(gettext("A period needs `first` and `last`."))
        return attrs


class ErasurePreviewSerializer(serializers.Serializer[Any]):
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    heard_ms = serializers.IntegerField()
    first_at = serializers.DateTimeField(allow_null=True, help_text="in your time zone at the time")
    last_at = serializers.DateTimeField(allow_null=True)
    tellings = serializers.IntegerField(
        source="observations",
        help_text="events, including those of plays that other sources also report",
    )


class ErasureStepSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    state = serializers.ChoiceField(choices=["done", "running", "waiting"])
    at = serializers.DateTimeField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class RewrittenObjectSerializer(serializers.Serializer[Any]):
    object = serializers.CharField()
    rows = serializers.IntegerField(help_text="removed")
    sha256 = serializers.CharField(help_text="of the remaining object; empty where it was deleted")


class ErasureReceiptSerializer(serializers.Serializer[Any]):
    receipt = serializers.CharField()
    kind = serializers.ChoiceField(choices=ErasureRequest.Kind.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    first = serializers.DateField(allow_null=True)
    last = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(choices=["waiting", "erasing", "building", "done"])
    asked_at = serializers.DateTimeField()
    cleansed_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    log_forgets_at = serializers.DateTimeField(
        allow_null=True, help_text="what cannot be erased from the event log has expired then"
    )
    mark_lifted_at = serializers.DateTimeField(allow_null=True)
    build_id = serializers.CharField()
    removed = serializers.DictField(child=serializers.IntegerField())
    steps = ErasureStepSerializer(many=True)
    objects = RewrittenObjectSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    sha256 = serializers.CharField(help_text="of the other fields")
