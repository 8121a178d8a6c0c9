"""The shapes of the API's answers. Times are milliseconds, dates the listener's own days."""

from rest_framework import serializers


class Totals(serializers.Serializer[object]):
    plays = serializers.IntegerField()
    skips = serializers.IntegerField(help_text="left within 30 seconds")
    begun = serializers.IntegerField(help_text="plays and skips together")
    heard_ms = serializers.IntegerField()
    days = serializers.IntegerField(help_text="with at least one play")
    skip_rate = serializers.FloatField(allow_null=True)


class Unique(serializers.Serializer[object]):
    tracks = serializers.IntegerField()
    artists = serializers.IntegerField()
    albums = serializers.IntegerField()


class Streaks(serializers.Serializer[object]):
    current = serializers.IntegerField()
    longest = serializers.IntegerField()
    longest_until = serializers.DateField(allow_null=True)


class Changes(serializers.Serializer[object]):
    plays = serializers.FloatField(allow_null=True)
    heard_ms = serializers.FloatField(allow_null=True)


class Overview(serializers.Serializer[object]):
    totals = Totals()
    unique = Unique()
    streaks = Streaks()
    changes = Changes(help_text="growth against the period before; of all time, the last 30 days")
    as_of = serializers.DateTimeField(allow_null=True)


class Day(serializers.Serializer[object]):
    local_date = serializers.DateField()
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Step(serializers.Serializer[object]):
    bucket = serializers.DateField(help_text="the first day of the step")
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class OverTime(serializers.Serializer[object]):
    step = serializers.ChoiceField(choices=["day", "week", "month"])
    rows = Step(many=True)


class Discovered(serializers.Serializer[object]):
    bucket = serializers.DateField()
    new_tracks = serializers.IntegerField(help_text="heard for the first time ever")
    known_tracks = serializers.IntegerField()


class Discovery(serializers.Serializer[object]):
    step = serializers.ChoiceField(choices=["day", "week", "month"])
    rows = Discovered(many=True)


class Device(serializers.Serializer[object]):
    device_type = serializers.CharField()
    heard_ms = serializers.ListField(child=serializers.IntegerField(), help_text="of each step")


class Devices(serializers.Serializer[object]):
    step = serializers.ChoiceField(choices=["day", "week", "month"])
    buckets = serializers.ListField(child=serializers.DateField())
    devices = Device(many=True)


class Hour(serializers.Serializer[object]):
    weekday = serializers.IntegerField(help_text="0 is Monday")
    hour = serializers.IntegerField()
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Clock(serializers.Serializer[object]):
    hours = Hour(many=True)


class Ranked(serializers.Serializer[object]):
    place = serializers.IntegerField()
    moved = serializers.IntegerField(
        required=False, allow_null=True, help_text="places up since the period before"
    )
    track_id = serializers.CharField(required=False)
    track_name = serializers.CharField(required=False, allow_null=True)
    artist_name = serializers.CharField(required=False, allow_null=True)
    album_name = serializers.CharField(required=False, allow_null=True)
    image_url = serializers.CharField(allow_null=True)
    url = serializers.CharField(required=False, allow_null=True)
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Ranking(serializers.Serializer[object]):
    count = serializers.IntegerField(help_text="in the whole ranking")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = Ranked(many=True)


class Play(serializers.Serializer[object]):
    event_id = serializers.CharField()
    track_id = serializers.CharField()
    track_name = serializers.CharField(allow_null=True)
    artist_name = serializers.CharField(allow_null=True)
    album_name = serializers.CharField(allow_null=True)
    ended_at = serializers.DateTimeField()
    local_at = serializers.DateTimeField(help_text="when it began, on the listener's clock")
    heard_ms = serializers.IntegerField(allow_null=True)
    device_type = serializers.CharField(allow_null=True)
    sources = serializers.CharField(help_text="comma separated")


class Recent(serializers.Serializer[object]):
    results = Play(many=True)


class Item(serializers.Serializer[object]):
    track_name = serializers.CharField(allow_null=True)
    artist_name = serializers.CharField(allow_null=True)
    album_name = serializers.CharField(allow_null=True)
    place = serializers.IntegerField(allow_null=True)
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    heard_ms = serializers.IntegerField()
    days = serializers.IntegerField()
    tracks = serializers.IntegerField()
    first_date = serializers.DateField(allow_null=True)
    last_date = serializers.DateField(allow_null=True)


class Counted(serializers.Serializer[object]):
    track_id = serializers.CharField(required=False)
    track_name = serializers.CharField(required=False, allow_null=True)
    artist_name = serializers.CharField(required=False, allow_null=True)
    album_name = serializers.CharField(required=False, allow_null=True)
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Year(serializers.Serializer[object]):
    number = serializers.IntegerField()
    totals = Totals()
    before = Totals(help_text="of the year before")
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


class Standing(serializers.Serializer[object]):
    user_id = serializers.CharField()
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Blended(Counted):
    listeners = serializers.IntegerField()


class House(serializers.Serializer[object]):
    leaderboard = Standing(many=True)
    blend = Blended(many=True)


class Gap(serializers.Serializer[object]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField()
    is_filled = serializers.BooleanField()


class Coverage(serializers.Serializer[object]):
    gaps = Gap(many=True)
