"""Erasure requests, and the accounts that were erased a moment ago."""

import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts.models import Listener


def new_token() -> str:
    return secrets.token_urlsafe(24)


class ErasedAccount(models.Model):
    """A listener who left, and until when their events are erased.

    The row exists only until nothing of theirs is left in the event log and the second pass over
    the lake is over; then nothing here names the person.
    """

    user_id = models.CharField(max_length=100)
    source = models.CharField(max_length=40, blank=True)  # "": every source
    before = models.DateTimeField()
    request = models.ForeignKey(
        "ErasureRequest", models.SET_NULL, null=True, related_name="erased_accounts"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "source"], name="one_erasure"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.source} before {self.before}"


class ErasureRequest(models.Model):
    """A request to erase: how far it is, its receipt, and what it keeps suppressed.

    asked ──first pass over every store──▶ first_pass_at ──second pass, for late events──▶
    second_pass_at ──a build without the data was published──▶ done_at

    A play, period or source stays suppressed until its listener lifts it. The row holds times and
    fingerprints, no names.
    """

    class Kind(models.TextChoices):
        PLAY = "play", _("One play")
        PERIOD = "period", _("A period")
        SOURCE = "source", _("A source")
        SPOTIFY = "spotify", _("Everything from Spotify")
        EVERYTHING = "everything", _("Everything")

    SUPPRESSING = (Kind.PLAY, Kind.PERIOD, Kind.SOURCE)

    token = models.CharField(max_length=40, unique=True, default=new_token)
    listener = models.ForeignKey(
        Listener, models.CASCADE, null=True, related_name="erasure_requests"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField(null=True)  # None: from the first day on
    until = models.DateTimeField(null=True)
    first_date = models.DateField(null=True)  # of a period, in the listener's zone of that time
    last_date = models.DateField(null=True)
    began = models.DateTimeField(null=True)  # of one play
    device_started_at = models.DateTimeField(null=True)  # of one play, as an export reports it
    salt = models.CharField(max_length=40, blank=True)
    items = models.JSONField(default=list)  # fingerprints of one play's item
    zone = models.CharField(max_length=64, blank=True)  # the listener's when they asked
    steps = models.JSONField(default=dict)  # step: its time and counts, once it is over
    objects_rewritten = models.JSONField(default=dict)  # key: rows removed, digest of the rest
    asked_at = models.DateTimeField()
    first_pass_at = models.DateTimeField(null=True)  # the last time that anything was removed
    second_pass_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    log_forgets_at = models.DateTimeField(null=True)  # what no erasure removes has expired then
    lifted_at = models.DateTimeField(null=True)
    build_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, asked {localtime(self.asked_at):%Y-%m-%d %H:%M}"

    @property
    def is_suppressing(self) -> bool:
        """Tell whether matching events are suppressed from now on."""
        return self.kind in self.SUPPRESSING and self.lifted_at is None

    @property
    def removed(self) -> dict[str, int]:
        """What was removed from all stores together, in words."""
        counts: Counter[str] = Counter()
        for step in self.steps.values():
            counts.update(step["counts"])
        return dict(counts)

    def record_step(self, step: str, counts: Mapping[str, int], *, at: datetime) -> None:
        """Save that the step is over, and what it removed."""
        self.steps[step] = {"at": at.isoformat(timespec="seconds"), "counts": dict(counts)}
        self.save(update_fields=["steps"])
