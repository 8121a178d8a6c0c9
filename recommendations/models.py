"""Feedback on recommendations, and evaluations of the lists."""

from django.conf import settings
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _


class Feedback(models.Model):
    """A listener's newest feedback on a track. Also an event in the log, for the lake."""

    class Kind(models.TextChoices):
        UP = "up", _("more like this")
        DOWN = "down", _("less like this")
        KNOWN = "known", _("I know it")
        HIDE = "hide", _("never show this")

    listener = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feedback")
    track_id = models.CharField(max_length=100)
    artist_name = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)  # None: for good

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(fields=["listener", "track_id"], name="one_feedback")
        ]

    def __str__(self) -> str:
        return f"{self.listener}: {self.kind} {self.track_id}"


class Evaluation(models.Model):
    """How good the lists were, measured on what was played next."""

    build_id = models.CharField(max_length=40, blank=True)  # "" for a file
    source = models.CharField(max_length=255)  # this install, or the file's name
    evaluated_at = models.DateTimeField()
    figures = models.JSONField(default=dict)  # none where it failed
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-evaluated_at"]

    def __str__(self) -> str:
        return f"{self.source} {localtime(self.evaluated_at):%Y-%m-%d %H:%M}"
