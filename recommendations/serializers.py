"""The API's questions and answers, for validation and for the documentation."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from recommendations.lists import KINDS
from recommendations.strategies import default_strategy, strategies

TRACK_ID = re.compile(r"[0-9A-Za-z]{22}|name:[0-9a-f]{32}")
SHAPE = _(
    "A track id has 22 letters and digits, like 4uLU6hMCjMI75M1A2tKUQC, "
    "or is name:<32 hexadecimal digits> for a track that Spotify has no id for."
)
FORMER_KINDS = {"house": "household"}


def is_track_id(text: str) -> bool:
    return TRACK_ID.fullmatch(text) is not None


class TrackIds(serializers.CharField):
    """Comma separated, newest first."""

    def to_internal_value(self, data: Any) -> Any:
        words = [word for word in super().to_internal_value(data).split(",") if word]
        if not all(is_track_id(word) for word in words):
            raise serializers.ValidationError(SHAPE)
        return tuple(words[:20])


class KindField(serializers.ChoiceField):
    """A kind of list, under its name of today or of before 0.1."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(FORMER_KINDS.get(data, data))


class StrategyField(serializers.ChoiceField):
    """The name of a strategy, the default one where none is given."""

    def __init__(self) -> None:
        super().__init__(choices=[*strategies()], default=default_strategy())


class NextQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=50, default=10)
    strategy = StrategyField()
    context = TrackIds(  # type: ignore[assignment]  # DRF keeps a name of its own in a metaclass
        default="",
        help_text="The tracks before this one, newest first, separated by commas. "
        "Without them your current session is used.",
    )
    numbers = serializers.BooleanField(
        default=False, help_text="Whether to include the figures behind each reason."
    )
    per_artist = serializers.IntegerField(
        min_value=1,
        max_value=50,
        default=2,
        help_text="At most this many tracks by one artist. "
        "Tracks by the artist of this track are not limited.",
    )


class ListsQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=150,
        default=50,
        help_text="At most this many tracks, over all lists together.",
    )
    strategy = StrategyField()
    kind = KindField(
        choices=["", *KINDS], default="", allow_blank=True, help_text="One list instead of all."
    )
    per_artist = serializers.IntegerField(
        min_value=1,
        max_value=50,
        default=2,
        help_text="At most this many tracks by one artist in each list.",
    )


class Recommendation(serializers.Serializer[Any]):
    track_id = serializers.CharField()
    track_name = serializers.CharField(allow_null=True)
    artist_name = serializers.CharField(allow_null=True)
    recommendation_score = serializers.FloatField()
    reason = serializers.CharField()
    cooccurrence_score = serializers.FloatField()
    artist_affinity = serializers.FloatField()
    verdict = serializers.ChoiceField(
        choices=["up", "down", "known"], required=False, help_text="Your feedback, if any."
    )
    numbers = serializers.DictField(required=False)


class NextRecommendation(Recommendation):
    image_url = serializers.CharField(allow_null=True, help_text="The cover, at Spotify.")
    thumbnail_url = serializers.CharField(
        allow_null=True, help_text="The smallest file of the cover that is 64 pixels wide or wider."
    )


class NextTracks(serializers.Serializer[Any]):
    track_id = serializers.CharField()
    track_name = serializers.CharField(allow_null=True)
    artist_name = serializers.CharField(allow_null=True)
    recommendations = NextRecommendation(many=True)
    strategy = serializers.CharField()
    generated_at = serializers.DateTimeField()
    built_at = serializers.DateTimeField(
        help_text="When the statistics behind this answer were published."
    )
    note = serializers.CharField(required=False)
    cache_hit = serializers.BooleanField()


class ListRecommendation(Recommendation):
    album_name = serializers.CharField(allow_null=True)
    image_url = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)


class RecommendationList(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[*KINDS])
    title = serializers.CharField()
    recommendations = ListRecommendation(many=True)


class RecommendationLists(serializers.Serializer[Any]):
    kinds = RecommendationList(many=True)
    strategy = serializers.CharField()
    generated_at = serializers.DateTimeField()
    built_at = serializers.DateTimeField(
        help_text="When the statistics behind this answer were published."
    )
    note = serializers.CharField(required=False)
    cache_hit = serializers.BooleanField()


class NewFeedback(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(
        choices=["up", "down", "known", "hide"],
        help_text="`known`: no longer recommended as new. `hide`: no longer recommended.",
    )
    days = serializers.IntegerField(
        min_value=1,
        max_value=3650,
        required=False,
        allow_null=True,
        help_text="For how many days it applies. Without a number it applies until you change it.",
    )


class StoredFeedback(serializers.Serializer[Any]):
    track_id = serializers.CharField()
    verdict = serializers.CharField(source="kind")
    given_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
