"""Responses of the statistics endpoints: times in milliseconds, dates in the listener's zone."""

from rest_framework import serializers

from spotifyweb.dashboards.api.base import LocalTimeField


class Totals(serializers.Serializer[object]):
    plays = serializers.IntegerField()
    skips = serializers.IntegerField(help_text="plays left within 30 seconds")
    begun = serializers.IntegerField(help_text="plays and skips")
    heard_ms = serializers.IntegerField(help_text="listening time in milliseconds, including skips")
    days = serializers.IntegerField(help_text="days with at least one play")
    daily_ms = serializers.IntegerField(help_text="average heard_ms per such day")
    daily_plays = serializers.IntegerField()
    skip_rate = serializers.FloatField(allow_null=True)


class UniqueCounts(serializers.Serializer[object]):
    tracks = serializers.IntegerField()
    artists = serializers.IntegerField()
    albums = serializers.IntegerField()


class Streaks(serializers.Serializer[object]):
    current = serializers.IntegerField()
    longest = serializers.IntegerField()
    longest_until = serializers.DateField(allow_null=True)


class DateRange(serializers.Serializer[object]):
    first = serializers.DateField()
    last = serializers.DateField()


class PeriodChange(serializers.Serializer[object]):
    days = serializers.IntegerField(allow_null=True, help_text="number of whole days compared")
    against = DateRange(allow_null=True, help_text="the days compared with")
    plays = serializers.FloatField(allow_null=True)
    heard_ms = serializers.FloatField(allow_null=True)


class LastDays(serializers.Serializer[object]):
    first = serializers.DateField()
    last = serializers.DateField()
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Overview(serializers.Serializer[object]):
    totals = Totals()
    last_days = LastDays(help_text="the days shown in the chart")
    unique = UniqueCounts()
    streaks = Streaks(help_text="over all time, whatever the period")
    changes = PeriodChange(
        help_text="over whole days, of all time the last 30; null before your history"
    )
    as_of = serializers.DateTimeField(allow_null=True)


class Day(serializers.Serializer[object]):
    local_date = serializers.DateField()
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class TimeStep(serializers.Serializer[object]):
    bucket = serializers.DateField(help_text="first day of the step")
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    begun = serializers.IntegerField(help_text="plays and skips")
    heard_ms = serializers.IntegerField()


class TimeSeries(serializers.Serializer[object]):
    step = serializers.ChoiceField(choices=["day", "week", "month"])
    note = serializers.CharField(help_text="why the step differs from the requested one, or empty")
    rows = TimeStep(many=True)


class DiscoveryStep(serializers.Serializer[object]):
    bucket = serializers.DateField()
    new_tracks = serializers.IntegerField(help_text="tracks played for the first time")
    known_tracks = serializers.IntegerField()


class Discovery(serializers.Serializer[object]):
    step = serializers.ChoiceField(choices=["day", "week", "month"])
    rows = DiscoveryStep(many=True)


class DeviceTimes(serializers.Serializer[object]):
    device_type = serializers.CharField()
    heard_ms = serializers.ListField(child=serializers.IntegerField(), help_text="per step")


class Devices(serializers.Serializer[object]):
    step = serializers.ChoiceField(choices=["day", "week", "month"])
    buckets = serializers.ListField(child=serializers.DateField())
    devices = DeviceTimes(many=True)


class WeekdayHour(serializers.Serializer[object]):
    weekday = serializers.IntegerField(help_text="0 is Monday")
    hour = serializers.IntegerField()
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Overlap(serializers.Serializer[object]):
    hours = serializers.IntegerField(help_text="number of hours with more than sixty minutes")
    heard_ms = serializers.IntegerField(help_text="time beyond sixty minutes")


class ListeningClock(serializers.Serializer[object]):
    hours = WeekdayHour(many=True)
    overlap = Overlap(help_text="hours in which several devices played at once")


class RankedItem(serializers.Serializer[object]):
    place = serializers.IntegerField()
    moved = serializers.IntegerField(allow_null=True, help_text="ranks up since the period before")
    is_new = serializers.BooleanField(help_text="not played in the period before, if there is one")
    track_id = serializers.CharField(required=False)
    track_name = serializers.CharField(required=False, allow_null=True)
    artist_name = serializers.CharField(required=False, allow_null=True)
    album_name = serializers.CharField(required=False, allow_null=True)
    image_url = serializers.CharField(allow_null=True)
    url = serializers.CharField(required=False, allow_null=True)
    tracks = serializers.IntegerField(required=False, help_text="tracks of the artist or album")
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Ranking(serializers.Serializer[object]):
    count = serializers.IntegerField(help_text="size of the whole ranking")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = RankedItem(many=True)


class SearchedPlay(serializers.Serializer[object]):
    event_id = serializers.CharField()
    track_id = serializers.CharField()
    track_name = serializers.CharField(allow_null=True)
    artist_name = serializers.CharField(allow_null=True)
    album_name = serializers.CharField(allow_null=True)
    ended_at = serializers.DateTimeField()
    local_at = LocalTimeField(help_text="start in the listener's time zone")
    heard_ms = serializers.IntegerField(allow_null=True)
    sources = serializers.CharField(help_text="comma-separated")


class Play(SearchedPlay):
    device_type = serializers.CharField(allow_null=True)
    event_type = serializers.ChoiceField(choices=["play", "skip"], required=False)


class RecentPlays(serializers.Serializer[object]):
    results = Play(many=True)


class CountedItem(serializers.Serializer[object]):
    track_id = serializers.CharField(required=False)
    track_name = serializers.CharField(required=False, allow_null=True)
    artist_name = serializers.CharField(required=False, allow_null=True)
    album_name = serializers.CharField(required=False, allow_null=True)
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class LeaderboardEntry(serializers.Serializer[object]):
    handle = serializers.CharField(help_text="identifies the member in /compare")
    name = serializers.CharField()
    plays = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Podcasts(serializers.Serializer[object]):
    totals = Totals()
    unique = UniqueCounts(
        help_text="tracks are episodes and chapters, artists are shows and authors"
    )
    shows = RankedItem(many=True)
    episodes = RankedItem(many=True)
    over_time = TimeSeries()


class YearInReview(serializers.Serializer[object]):
    number = serializers.IntegerField()
    totals = Totals()
    before = Totals(help_text="totals of the same days of the previous year, without today")
    change = serializers.FloatField(allow_null=True, help_text="of heard_ms against before")
    unique = UniqueCounts()
    streaks = Streaks()
    busiest = Day(allow_null=True)
    months = serializers.ListField(child=serializers.IntegerField(), help_text="heard_ms per month")
    favourite_hour = serializers.IntegerField(allow_null=True)
    tracks = RankedItem(many=True)
    artists = RankedItem(many=True)
    albums = RankedItem(many=True)
    new_artists = CountedItem(many=True)


class BreakdownRow(serializers.Serializer[object]):
    said = serializers.CharField(source="label")
    plays = serializers.IntegerField()
    skips = serializers.IntegerField()
    heard_ms = serializers.IntegerField()


class Breakdown(serializers.Serializer[object]):
    rows = BreakdownRow(many=True)


class SearchResults(serializers.Serializer[object]):
    tracks = CountedItem(many=True)
    artists = CountedItem(many=True)
    albums = CountedItem(many=True)
    plays = SearchedPlay(many=True, help_text="most recent plays of the tracks found")


class ComparisonSide(serializers.Serializer[object]):
    title = serializers.CharField()
    first = serializers.DateField(source="period.first", allow_null=True)
    last = serializers.DateField(source="period.last", allow_null=True)
    totals = Totals()
    unique = UniqueCounts()
    artists = RankedItem(many=True)
    tracks = RankedItem(many=True)


class Comparison(serializers.Serializer[object]):
    sides = ComparisonSide(many=True)
    common = serializers.ListField(child=serializers.CharField(), help_text="in both top 10s")
    mates = serializers.ListField(child=serializers.DictField(), help_text="handle and name")


class FilterOptions(serializers.Serializer[object]):
    first = serializers.DateField()
    last = serializers.DateField()
    years = serializers.ListField(child=serializers.IntegerField())
    devices = serializers.ListField(child=serializers.CharField())
    sources = serializers.ListField(child=serializers.CharField())
