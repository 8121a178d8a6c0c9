"""The shapes of what the other pages say: podcasts, years, the house, gaps, rules, links."""

from rest_framework import serializers

from spotifyweb.dashboards.api.serializers import (
    Counted,
    Day,
    OverTime,
    Ranked,
    SearchedPlay,
    Standing,
    Streaks,
    Totals,
    Unique,
)


class Podcasts(serializers.Serializer[object]):
    totals = Totals()
    unique = Unique(help_text="tracks are episodes and chapters, artists shows and authors")
    shows = Ranked(many=True)
    episodes = Ranked(many=True)
    over_time = OverTime()


class Year(serializers.Serializer[object]):
    number = serializers.IntegerField()
    totals = Totals()
    before = Totals(help_text="of the same days of the year before, today left out")
    change = serializers.FloatField(
        allow_null=True, help_text="of heard_ms against the same days of the year before"
    )
    unique = Unique()
    streaks = Streaks()
    busiest = Day(allow_null=True)
    months = serializers.ListField(child=serializers.IntegerField(), help_text="heard_ms of each")
    favourite_hour = serializers.IntegerField(allow_null=True)
    tracks = Ranked(many=True)
    artists = Ranked(many=True)
    albums = Ranked(many=True)
    new_artists = Counted(many=True)


class Said(serializers.Serializer[object]):
    said = serializers.CharField()
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Told(serializers.Serializer[object]):
    rows = Said(many=True)


class Found(serializers.Serializer[object]):
    tracks = Counted(many=True)
    artists = Counted(many=True)
    albums = Counted(many=True)
    plays = SearchedPlay(many=True, help_text="the newest of the tracks found")


class Blended(Counted):
    listeners = serializers.IntegerField()


class House(serializers.Serializer[object]):
    leaderboard = Standing(many=True)
    blend = Blended(many=True)


class Gap(serializers.Serializer[object]):
    starts_at = serializers.DateTimeField(help_text="Spotify's launch before the first play")
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=["known", "possible", "filled"])
    is_filled = serializers.BooleanField()


class CoveredSource(serializers.Serializer[object]):
    source = serializers.CharField()  # type: ignore[assignment]
    first = serializers.DateTimeField()
    last = serializers.DateTimeField()


class Coverage(serializers.Serializer[object]):
    known = serializers.IntegerField()
    possible = serializers.IntegerField()
    filled = serializers.IntegerField()
    gaps = Gap(many=True, help_text="the newest 500")
    sources = CoveredSource(many=True)


class Side(serializers.Serializer[object]):
    title = serializers.CharField()
    first = serializers.DateField(source="period.first", allow_null=True)
    last = serializers.DateField(source="period.last", allow_null=True)
    totals = Totals()
    unique = Unique()
    artists = Ranked(many=True)
    tracks = Ranked(many=True)


class Compared(serializers.Serializer[object]):
    sides = Side(many=True)
    common = serializers.ListField(child=serializers.CharField(), help_text="in both top tens")
    mates = serializers.ListField(
        child=serializers.DictField(), help_text="handle and name of those who agreed to it"
    )


class RuleCount(serializers.Serializer[object]):
    kind = serializers.CharField()
    value = serializers.CharField()
    is_on = serializers.BooleanField()
    plays = serializers.IntegerField(help_text="that it leaves out")


class Rules(serializers.Serializer[object]):
    rules = RuleCount(many=True)


class Link(serializers.Serializer[object]):
    title = serializers.CharField()
    pages = serializers.ListField(child=serializers.CharField())
    views = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class Links(serializers.Serializer[object]):
    links = Link(many=True)


class Scope(serializers.Serializer[object]):
    first = serializers.DateField()
    last = serializers.DateField()
    years = serializers.ListField(child=serializers.IntegerField())
    devices = serializers.ListField(child=serializers.CharField())
    sources = serializers.ListField(child=serializers.CharField())
