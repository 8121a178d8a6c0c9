"""The current state of each listener's player, and its events that wait for the log."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StaleUpdate(Exception):
    """Another poll of this player was stored since the row was read: this one is stale."""


CLOCK_SLACK = timedelta(seconds=5)


class Kind(models.TextChoices):
    """What the player does, as a page shows it."""

    TRACK = "track"
    EPISODE = "episode"
    AD = "ad"
    UNKNOWN = "unknown", _("unknown item")
    PRIVATE = "private", _("private session")
    NOTHING = "nothing", _("nothing playing")


class PlayerProblem(models.TextChoices):
    """Why the state may be old."""

    UNREACHABLE = "unreachable", _("Spotify does not respond")
    BLOCKED = "blocked", _("Spotify asked us to wait")
    BUDGET = "budget", _("daily request limit reached")
    NEEDS_LOGIN = "needs_login", _("permission expired")
    REFUSED = "refused", _("Spotify refuses requests")
    LOG = "log", _("event log unavailable")


class PlaybackQuerySet(models.QuerySet["Playback"]):
    def due(self, *, by: datetime, now: datetime) -> "PlaybackQuerySet":
        """Return rows whose poll is due by then, or lies in the future: the clock was set back."""
        is_ahead = models.Q(observed_at__gt=now + CLOCK_SLACK)
        return self.filter(models.Q(due_at__lte=by) | is_ahead)

    def with_pending_events(self) -> "PlaybackQuerySet":
        """Return rows with events that have not reached the log."""
        return self.exclude(outbox=[])


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
    item_key = models.TextField(blank=True)
    progress_ms = models.IntegerField(null=True)
    heard_ms = models.IntegerField(default=0)
    device_type = models.TextField(blank=True)
    device_name = models.TextField(blank=True)
    context = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)  # when the item started, by our clock
    observed_at = models.DateTimeField(null=True)  # when Spotify last answered
    changed_at = models.DateTimeField(null=True)  # when the page last had to change
    quiet_looks = models.IntegerField(default=0)  # polls in a row without progress
    due_at = models.DateTimeField(db_index=True)
    trouble = models.CharField(max_length=20, choices=PlayerProblem.choices, blank=True)
    trouble_count = models.IntegerField(default=0)  # in a row
    trouble_since = models.DateTimeField(null=True)
    outbox = models.JSONField(default=list, blank=True)
    held = models.JSONField(null=True)  # the item that may go on after the silence shown
    version = models.IntegerField(default=0)  # of the row, so that no late poll undoes a newer one

    objects = PlaybackQuerySet.as_manager()

    class Meta:
        verbose_name = "player"

    def __str__(self) -> str:
        return f"{self.listener}: {self.kind} {(self.item or {}).get('track_name', '')}"

    def store(self) -> None:
        """Save the whole row as its next version. Raises StaleUpdate."""
        fields = [field.attname for field in self._meta.concrete_fields if not field.primary_key]
        values = {name: getattr(self, name) for name in fields} | {"version": self.version + 1}
        if not Playback.objects.filter(pk=self.pk, version=self.version).update(**values):
            raise StaleUpdate(f"the player of listener {self.pk} was polled meanwhile")
        self.version += 1


class CallsOnDay(models.Model):
    """How often Spotify was asked for one listener on one day (UTC), by family of calls."""

    listener = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calls")
    date = models.DateField()
    family = models.CharField(max_length=20)
    calls = models.IntegerField(default=0)

    class Meta:
        verbose_name, verbose_name_plural = "API calls of a day", "API calls per day"
        constraints = [
            models.UniqueConstraint(fields=["listener", "date", "family"], name="one_count")
        ]

    def __str__(self) -> str:
        return f"{self.listener} {self.date} {self.family}: {self.calls}"
