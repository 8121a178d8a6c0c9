"""Tokens of Spotify and of this API, and the keys that encrypt and sign."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts.models.listeners import Listener


class Token(models.Model):
    """Spotify's tokens of a listener, encrypted with the first of TOKEN_KEYS."""

    listener = models.OneToOneField(Listener, models.CASCADE, related_name="token")
    access_token = models.BinaryField()
    refresh_token = models.BinaryField()
    scope = models.TextField()  # as granted, space separated
    expires_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"token of {self.listener}"


class KeyFingerprint(models.Model):
    """The fingerprint of a key that every host of this database has to have."""

    class Setting(models.TextChoices):
        SECRET_KEY = "SECRET_KEY"  # noqa: S105
        TOKEN_KEYS = "TOKEN_KEYS"  # noqa: S105

    setting = models.CharField(max_length=20, choices=Setting.choices)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["setting", "fingerprint"], name="one_key_fingerprint")
        ]

    def __str__(self) -> str:
        return f"{self.setting}: {self.fingerprint[:8]}"


class ApiToken(models.Model):
    """A personal token for the API: shown once, stored as a digest, limited to its scopes."""

    class Scope(models.TextChoices):
        STATS = "read:stats", _("Read your listening statistics")
        RECOMMENDATIONS = "read:recommendations", _("Read your recommendations")
        FEEDBACK = "write:feedback", _("Rate recommendations")
        CORRECT = "write:corrections", _("Correct your data: split, join and undo")
        IMPORT = "write:imports", _("Upload your streaming history")
        ERASE = "write:erasures", _("Erase a play, a period or a source, and unblock it")

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the whole token
    last_four = models.CharField(max_length=4)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} of {self.listener}"
