"""Listeners, how each stands with Spotify, and the time zones of their days."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _


class Connection(models.TextChoices):
    """How a listener stands with Spotify.

    local ──login──▶ connected ──invalid_grant──▶ needs_login ──login──▶ connected
                         └────────disconnect────▶ disconnected ──login──▶ connected
    """

    LOCAL = "local", _("never logged in")
    CONNECTED = "connected", _("connected")
    NEEDS_LOGIN = "needs_login", _("login required")
    DISCONNECTED = "disconnected", _("disconnected")


class Listeners(BaseUserManager["Listener"]):
    def local(self, user_id: str) -> "Listener":
        """Return the listener with that id, created without a Spotify login where missing."""
        listener, _created = self.get_or_create(user_id=user_id, defaults={"display_name": user_id})
        return listener

    def connected(self) -> models.QuerySet["Listener"]:
        return self.filter(connection=Connection.CONNECTED, is_active=True)


class FirstWeekday(models.IntegerChoices):
    """The days on which weeks begin somewhere, counted as by `datetime.date.weekday`."""

    MONDAY = 0, _("Monday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Listener(AbstractBaseUser, PermissionsMixin):
    """A person with a Spotify account. Every event carries their `user_id`."""

    user_id = models.CharField(max_length=100, unique=True)  # account_id, or id where not sent
    spotify_id = models.CharField(max_length=100, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    image_url = models.URLField(max_length=500, blank=True)
    timezone = models.CharField(max_length=64, blank=True)  # "" until the browser sends it
    first_weekday = models.PositiveSmallIntegerField(
        "first day of the week", choices=FirstWeekday.choices, default=FirstWeekday.MONDAY
    )
    connection = models.CharField(
        max_length=20, choices=Connection.choices, default=Connection.LOCAL
    )
    consented_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField("allowed here", default=True)
    is_staff = models.BooleanField("admin of this instance", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Listeners()

    USERNAME_FIELD = "user_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.display_name or self.user_id

    def get_short_name(self) -> str:
        """Return the name by which the admin greets them."""
        return str(self)


class ListenerTimezone(models.Model):
    """The time zone of a listener's days from `valid_from` until the next row."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="timezones")
    timezone = models.CharField(max_length=64)
    valid_from = models.DateTimeField()

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["listener", "valid_from"], name="one_residence")
        ]

    def __str__(self) -> str:
        return f"{self.listener}: {self.timezone} from {self.valid_from:%Y-%m-%d}"
