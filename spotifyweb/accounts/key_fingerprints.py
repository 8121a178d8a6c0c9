"""Fingerprints of the keys in the database, so that no host works on it with keys of its own.

The database knows SECRET_KEY, and each of TOKEN_KEYS that may have encrypted a token. A host has to
have all of these; a new first key is added when a host starts with it, and `rotate_token_keys`
leaves the first alone.
"""

import hashlib
import logging
import sys
from collections.abc import Mapping
from functools import lru_cache

from celery.signals import beat_init, celeryd_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from spotifyweb.accounts.models import KeyFingerprint

log = logging.getLogger(__name__)

ROUNDS = 50_000  # a person may have chosen SECRET_KEY
SECRET_KEY, TOKEN_KEYS = KeyFingerprint.Setting
COPY = "copy it from a host that runs (.env, or keys.env in its DATA_DIR)"
HINTS: dict[str, str] = {
    SECRET_KEY: f"SECRET_KEY is another one than that of the other hosts of this database: {COPY}",
    TOKEN_KEYS: "TOKEN_KEYS lacks a key that Spotify tokens in this database are encrypted with: "
    f"{COPY}; a former key stays behind the new one until manage.py rotate_token_keys has run",
}
NOT_COMPARED = "the keys were not compared with those of the database: %s"
REPLACE = "Where that key is lost or meant to change: manage.py replace_keys"


class KeysDiffer(ImproperlyConfigured):
    """This host has other keys than the hosts that used the database before."""


def verify() -> None:
    """Compare this host's keys with those of the database. Raises KeysDiffer."""
    stored = known_fingerprints()
    if differing := differences(stored):
        raise KeysDiffer(f"{HINTS[differing[0]]}. {REPLACE}")
    for setting, keys in _configured_keys().items():
        first = fingerprint(setting, keys[0])
        if stored.get(setting) and first not in stored[setting]:
            _add(setting, first)


def differences(known: Mapping[str, set[str]]) -> list[str]:
    """Return the settings of which this host lacks a key that a database knows."""
    configured = _configured_keys()
    return [
        setting
        for setting, keys in configured.items()
        if not known.get(setting, set()) <= {fingerprint(setting, key) for key in keys}
    ]


def difference() -> str:
    """Return in words what differs, and what to do; "" where nothing does, or nobody can tell."""
    try:
        verify()
    except KeysDiffer as error:
        return str(error)
    except DatabaseError as error:
        log.warning(NOT_COMPARED, error)
    return ""


def verify_if_reachable() -> None:
    """Do as `verify`, and pass over a database that does not answer or is not prepared."""
    try:
        with connection.cursor() as cursor:
            is_prepared = KeyFingerprint._meta.db_table in connection.introspection.table_names(
                cursor
            )
        if is_prepared:
            verify()
    except DatabaseError as error:
        log.warning(NOT_COMPARED, error)
    finally:
        connection.close()


def end_worker(**_: object) -> None:
    """End a starting worker or beat with a sentence where its keys are other ones."""
    try:
        verify_if_reachable()
    except KeysDiffer as error:
        sys.exit(f"Cannot start. {error}")


for start in (celeryd_init, beat_init):
    start.connect(end_worker)


def record() -> None:
    """Record this host's keys as those of the database where it knows none. Raises KeysDiffer."""
    stored = known_fingerprints()
    for setting, keys in _configured_keys().items():
        if not stored.get(setting):
            _add(setting, fingerprint(setting, keys[0]))
    verify()


def replace(*settings: str) -> None:
    """Record the first key of these settings, or of all, instead of those that were known."""
    chosen = {
        name: keys for name, keys in _configured_keys().items() if not settings or name in settings
    }
    with transaction.atomic():
        KeyFingerprint.objects.filter(setting__in=chosen).delete()
        for setting, keys in chosen.items():
            _add(setting, fingerprint(setting, keys[0]))


@lru_cache(maxsize=16)
def fingerprint(setting: str, key: str) -> str:
    """Return a digest of the key, different for each setting; none leads back to it."""
    return hashlib.pbkdf2_hmac("sha256", key.encode(), setting.encode(), ROUNDS).hex()


def _configured_keys() -> dict[str, list[str]]:
    return {SECRET_KEY: [settings.SECRET_KEY], TOKEN_KEYS: settings.TOKEN_KEYS}


def known_fingerprints() -> dict[str, set[str]]:
    """Return the fingerprints in this database, by setting."""
    found: dict[str, set[str]] = {}
    for row in KeyFingerprint.objects.all():
        found.setdefault(row.setting, set()).add(row.fingerprint)
    return found


def _add(setting: str, digest: str) -> None:
    KeyFingerprint.objects.get_or_create(setting=setting, fingerprint=digest)
