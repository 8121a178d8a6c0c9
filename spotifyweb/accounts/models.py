"""Listeners, their Spotify tokens and their personal API tokens."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Connection(models.TextChoices):
    """How a listener stands with Spotify.

    local ──login──▶ connected ──invalid_grant──▶ needs_login ──login──▶ connected
                         └────────disconnect────▶ disconnected ──login──▶ connected
    """

    LOCAL = "local", "known from an import or the simulator, never logged in"
    CONNECTED = "connected", "connected"
    NEEDS_LOGIN = "needs_login", "consent ran out or was revoked"
    DISCONNECTED = "disconnected", "disconnected by the listener"


class Listeners(BaseUserManager["Listener"]):
    def local(self, user_id: str) -> "Listener":
        """The listener with that id, made without a Spotify login where there is none yet."""
        listener, _ = self.get_or_create(user_id=user_id, defaults={"display_name": user_id})
        return listener

    def connected(self) -> models.QuerySet["Listener"]:
        return self.filter(connection=Connection.CONNECTED, is_active=True)


class Listener(AbstractBaseUser, PermissionsMixin):
    """A person with a Spotify account here. `user_id` is what every event carries."""

    user_id = models.CharField(max_length=100, unique=True)  # account_id, or id where not sent
    spotify_id = models.CharField(max_length=100, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    image_url = models.URLField(max_length=500, blank=True)
    timezone = models.CharField(max_length=64, blank=True)  # IANA name, "" until the browser said
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


class Token(models.Model):
    """What Spotify gave us to act for a listener, encrypted with the first of TOKEN_KEYS."""

    listener = models.OneToOneField(Listener, models.CASCADE, related_name="token")
    access_token = models.BinaryField()
    refresh_token = models.BinaryField()
    scope = models.TextField()  # as granted, space separated
    expires_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"token of {self.listener}"


class Residence(models.Model):
    """The zone a listener lived in from that moment on: the days of their statistics."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="residences")
    timezone = models.CharField(max_length=64)
    valid_from = models.DateTimeField()

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["listener", "valid_from"], name="one_residence")
        ]

    def __str__(self) -> str:
        return f"{self.listener}: {self.timezone} from {self.valid_from:%Y-%m-%d}"


class ApiToken(models.Model):
    """A personal key to the API: shown once, kept as a digest, good for its scopes only."""

    class Scope(models.TextChoices):
        STATS = "read:stats", "read your listening statistics"
        RECOMMENDATIONS = "read:recommendations", "read your recommendations"
        FEEDBACK = "write:feedback", "say what you think of a recommendation"
        CORRECT = "write:corrections", "say which plays were merged wrongly"
        ERASE = "write:erasures", "erase a play, a period or a source of yours, and lift the mark"

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the whole token
    last_four = models.CharField(max_length=4)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} of {self.listener}"


class Erasure(models.Model):
    """What of somebody who left must not come back: the rows that landed before `before`.

    It lives only until no such record is left in the log and the lake was cleansed once more
    (`settling`); then nothing here remembers the person.
    """

    user_id = models.CharField(max_length=100)
    source = models.CharField(max_length=40, blank=True)  # "": every source
    before = models.DateTimeField()
    order = models.ForeignKey("Order", models.SET_NULL, null=True, related_name="erasures")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "source"], name="one_erasure"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.source} before {self.before}"


class Order(models.Model):
    """One order to erase: how far it has come, its receipt, and the mark that keeps it out.

    asked ──each place cleansed──▶ cleansed ──what was on its way too──▶ settled
          ──a build without it was published──▶ done

    A mark is in force until its listener lifts it. It holds times and fingerprints, no names.
    """

    class Kind(models.TextChoices):
        PLAY = "play", "One play"
        PERIOD = "period", "A period"
        SOURCE = "source", "A source"
        SPOTIFY = "spotify", "What came from Spotify"
        EVERYTHING = "everything", "Everything"

    MARKS = (Kind.PLAY, Kind.PERIOD, Kind.SOURCE)

    token = models.CharField(max_length=40, unique=True, default=new_token)
    listener = models.ForeignKey(Listener, models.CASCADE, null=True, related_name="orders")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField(null=True)  # None: from the first day on
    until = models.DateTimeField(null=True)
    first_date = models.DateField(null=True)  # of a period, where the listener lived then
    last_date = models.DateField(null=True)
    began = models.DateTimeField(null=True)  # of one play
    device_started_at = models.DateTimeField(null=True)  # of one play that an export told of
    salt = models.CharField(max_length=40, blank=True)
    items = models.JSONField(default=list)  # fingerprints of one play's item
    zone = models.CharField(max_length=64, blank=True)  # the listener's when they asked
    steps = models.JSONField(default=dict)  # name: at and counts, once it is done
    objects_rewritten = models.JSONField(
        default=dict
    )  # key: rows taken out, digest of what is left
    asked_at = models.DateTimeField()
    cleansed_at = models.DateTimeField(null=True)  # the last time that anything was taken out
    settled_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    build_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, asked {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_mark(self) -> bool:
        """Whether it keeps something out from now on."""
        return self.kind in self.MARKS and self.lifted_at is None

    def note(self, step: str, counts: Mapping[str, int], *, at: datetime) -> None:
        """That step is over, and what it took out."""
        self.steps[step] = {"at": at.isoformat(timespec="seconds"), "counts": dict(counts)}
        self.save(update_fields=["steps"])
