"""Decisions of listeners: share links, exclusion rules, separations, corrections, the household."""

import secrets
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from spotifyweb.dashboards.exclusions import conditions
from spotifyweb.dashboards.exclusions.conditions import Exclusion

OWNER = settings.AUTH_USER_MODEL


def new_token() -> str:
    """Return a random token for a share link."""
    return secrets.token_urlsafe(24)


class ShareLink(models.Model):
    """A link that shows some pages of one listener to anyone who has it.

    live ──▶ expired | revoked   (both are final: a new link has a new token)
    """

    PAGES = {
        "overview": _("Overview"),
        "trends": _("Trends"),
        "top": _("Charts"),
        "year": _("Year in review"),
        "now": _("Now playing"),
    }

    listener = models.ForeignKey(OWNER, models.CASCADE, related_name="shares")
    token = models.CharField(max_length=60, unique=True, default=new_token)
    title = models.CharField(max_length=80, blank=True)
    pages = models.JSONField(default=list)  # names of PAGES, in that order
    query = models.CharField(max_length=500, blank=True)  # the filters, frozen
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    views = models.PositiveIntegerField(default=0)
    last_viewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.title or 'link'} of {self.listener}"

    @property
    def labelled_pages(self) -> list[tuple[str, str]]:
        return [(name, str(self.PAGES[name])) for name in self.pages]

    @classmethod
    def live(cls, *, now: datetime) -> models.QuerySet["ShareLink"]:
        """Return the links that are neither revoked nor expired, of listeners who may log in."""
        in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        return cls.objects.filter(in_time, revoked_at__isnull=True, listener__is_active=True)


class ExclusionRule(models.Model):
    """Plays that do not count for one listener while the rule is on."""

    class Kind(models.TextChoices):
        TRACK = "track", _("Track")  # its value is any id of the recording
        ARTIST = "artist", _("Artist")
        ALBUM = "album", _("Album")
        PLAYLIST = "playlist", _("Playlist")
        DEVICE = "device", _("Device")
        HOURS = "hours", _("Hours of the day")

    listener = models.ForeignKey(OWNER, models.CASCADE, related_name="rules")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    value = models.CharField(max_length=300)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["listener", "kind", "value"], name="one_rule")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"

    def clean(self) -> None:
        """Check that hours are two hours of a day."""
        if self.kind == self.Kind.HOURS:
            try:
                conditions.parse_hours(self.value)
            except ValueError as error:
                raise ValidationError({"value": _("Enter two hours, such as 22-6.")}) from error

    @property
    def exclusion(self) -> Exclusion:
        return Exclusion(kind=self.kind, value=self.value)


class Separation(models.Model):
    """Two events, by sorted ids, that were merged into one play and are two plays.

    The next build separates them; deleting the row merges them again.
    """

    listener = models.ForeignKey(OWNER, models.CASCADE, related_name="separations")
    first_event_id = models.CharField(max_length=64)
    second_event_id = models.CharField(max_length=64)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["listener", "first_event_id", "second_event_id"], name="one_separation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_event_id} separate from {self.second_event_id}"

    @property
    def pair(self) -> tuple[str, str]:
        return self.first_event_id, self.second_event_id


class Correction(models.Model):
    """Two tracks or artists that are one for this listener, or one that is split off.

    A track is named by any of its ids, an artist by a spelling. The next build applies it to the
    listener's own pages; deleting the row undoes it.
    """

    class Kind(models.TextChoices):
        TRACK = "track", _("Track")
        ARTIST = "artist", _("Artist")

    class Action(models.TextChoices):
        JOIN = "join", _("Joined")
        SPLIT = "split", _("Split off")

    listener = models.ForeignKey(OWNER, models.CASCADE, related_name="corrections")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    action = models.CharField(max_length=20, choices=Action.choices)
    subject = models.CharField(max_length=300)
    other = models.CharField(max_length=300, blank=True)  # what a join joins it to
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["listener", "kind", "action", "subject", "other"], name="one_correction"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.action} {self.other}".strip()


class HouseholdMember(models.Model):
    """A listener who agreed to be seen by the other members; leaving deletes the row."""

    listener = models.OneToOneField(OWNER, models.CASCADE, related_name="household_membership")
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.listener)
