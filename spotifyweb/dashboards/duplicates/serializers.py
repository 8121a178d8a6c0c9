"""Merged plays and separations as the API answers them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from spotifyweb.dashboards.api.base import LocalTimeField
from spotifyweb.dashboards.duplicates.separations import State

FIRST_ID = "3f0c9b52-8d5e-5a53-9d5c-0c5f0f0a1b2c"
SECOND_ID = "9a6d1f0e-2b7c-5f41-8a3e-6f1d2c3b4a59"
FORMER_NAME = "the former name of `observations`"


class Observation(serializers.Serializer[Any]):
    event_id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF keeps one of its own
    played_at = serializers.DateTimeField(help_text="when it ended")
    ms_played = serializers.IntegerField(allow_null=True)
    device_type = serializers.CharField(allow_null=True)


class MatchedObservation(Observation):
    event_id = serializers.CharField(source="observation_id")
    matched_by = serializers.CharField(help_text="`kept`, or why it is a duplicate of that one")


class MergedPlay(serializers.Serializer[Any]):
    event_id = serializers.CharField(source="play.event_id")
    track_id = serializers.CharField(source="play.track_id")
    track_name = serializers.CharField(source="play.track_name", allow_null=True)
    artist_name = serializers.CharField(source="play.artist_name", allow_null=True)
    local_at = LocalTimeField(source="play.local_at")
    observations = MatchedObservation(many=True, help_text="the one that is kept comes first")
    tellings = MatchedObservation(many=True, source="observations", help_text=FORMER_NAME)


class MergedPlays(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="plays reported by several sources")
    observations = serializers.IntegerField(help_text="events merged into those plays")
    tellings = serializers.IntegerField(source="observations", help_text=FORMER_NAME)
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = MergedPlay(many=True)


class Separation(serializers.Serializer[Any]):
    id = serializers.IntegerField(
        source="separation.pk", default=None, allow_null=True, help_text="null once undone"
    )
    event_ids = serializers.ListField(child=serializers.CharField(), source="pair")
    state = serializers.ChoiceField(
        choices=[state.value for state in State],
        help_text="`waiting` for the next build, `applied`, `ending` with the next build, or `gone`"
        " with one of its events",
    )
    decided_at = serializers.DateTimeField(
        source="separation.decided_at", default=None, allow_null=True
    )
    observations = Observation(many=True)
    tellings = Observation(many=True, source="observations", help_text=FORMER_NAME)


class Separations(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = Separation(many=True)


class NewSeparation(serializers.Serializer[Any]):
    event_ids = serializers.ListField(
        child=serializers.CharField(max_length=64), min_length=2, max_length=2
    )


OBSERVATION_EXAMPLE = {
    "event_id": FIRST_ID,
    "source": "extended_history",
    "played_at": "2026-11-21T19:03:11Z",
    "ms_played": 198000,
    "device_type": None,
}
SEPARATED_EXAMPLE = OpenApiExample(
    "two plays",
    response_only=True,
    status_codes=["201"],
    value={
        "id": 7,
        "event_ids": [FIRST_ID, SECOND_ID],
        "state": "waiting",
        "decided_at": "2026-11-22T20:15:00Z",
        "observations": [
            OBSERVATION_EXAMPLE,
            {
                **OBSERVATION_EXAMPLE,
                "event_id": SECOND_ID,
                "source": "recently_played",
                "ms_played": None,
            },
        ],
    },
)
REQUEST_EXAMPLE = OpenApiExample(
    "these were two", value={"event_ids": [FIRST_ID, SECOND_ID]}, request_only=True
)
