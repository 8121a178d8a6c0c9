"""The current state of each listener's player, and the events it still owes the log."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

CLOCK_SLACK = timedelta(seconds=5)


class Kind(models.TextChoices):
    """What the player does, as a page shows it."""

    TRACK = "track"
    EPISODE = "episode"
    AD = "ad"
    UNKNOWN = "unknown", "something Spotify does not name"
    PRIVATE = "private", "a private session: nothing is kept"
    NOTHING = "nothing", "nothing plays"


class Trouble(models.TextChoices):
    """Why the state may be old."""

    UNREACHABLE = "unreachable", "Spotify does not answer"
    BLOCKED = "blocked", "Spotify asked us to wait"
    BUDGET = "budget", "today's limit of calls is reached"
    NEEDS_LOGIN = "needs_login", "the consent ran out"
    REFUSED = "refused", "Spotify refuses"


class PlaybackQuerySet(models.QuerySet["Playback"]):
    def due(self, *, by: datetime, now: datetime) -> "PlaybackQuerySet":
        """Whose look is due by then, or was seen in the future: the clock was set back since."""
        is_ahead = models.Q(observed_at__gt=now + CLOCK_SLACK)
        return self.filter(models.Q(due_at__lte=by) | is_ahead)


class Playback(models.Model):
    """One row per listener. `outbox` holds events written with the state and not yet in the log.

    State and outbox are saved in one transaction before the log is asked: a kill between the two
    appends the same events again, and they are the same events by their ids.
    """

    listener = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="playback", primary_key=True
    )
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NOTHING)
    is_playing = models.BooleanField(default=False)
    item = models.JSONField(null=True)  # an event's fields of the item, with image_url and url
    item_key = models.CharField(max_length=600, blank=True)
    progress_ms = models.IntegerField(null=True)
    heard_ms = models.IntegerField(default=0)
    device_type = models.CharField(max_length=40, blank=True)
    device_name = models.CharField(max_length=200, blank=True)
    context = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True)  # when the item started, by our clock
    observed_at = models.DateTimeField(null=True)  # when Spotify last answered
    changed_at = models.DateTimeField(null=True)  # when the page last had to change
    quiet_looks = models.IntegerField(default=0)  # looks in a row without progress
    due_at = models.DateTimeField(db_index=True)
    trouble = models.CharField(max_length=20, choices=Trouble.choices, blank=True)
    trouble_count = models.IntegerField(default=0)  # in a row
    trouble_since = models.DateTimeField(null=True)
    outbox = models.JSONField(default=list, blank=True)

    objects = PlaybackQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.listener}: {self.kind} {(self.item or {}).get('track_name', '')}"


class CallsOnDay(models.Model):
    """How often Spotify was asked for one listener on one day (UTC), by family of calls."""

    listener = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calls")
    date = models.DateField()
    family = models.CharField(max_length=20)
    calls = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listener", "date", "family"], name="one_count")
        ]

    def __str__(self) -> str:
        return f"{self.listener} {self.date} {self.family}: {self.calls}"
