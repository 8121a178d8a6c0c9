"""Who may come in, and who owns the instance: the first to log in, or who is named first."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Connection, Listener, Residence
from spotifyweb.spotify.oauth import Grant
from spotifyweb.spotify.payloads import Profile

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class NotAllowedHere(Exception):
    """Spotify knows this person, this instance does not."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(f"{profile.user_id} is not allowed on this instance")
        self.profile = profile


@transaction.atomic
def admit(profile: Profile, grant: Grant, *, now: datetime) -> Listener:
    """The listener who logged in, connected; raises NotAllowedHere."""
    listener = known(profile)
    first = is_fresh()
    if not is_allowed(profile, listener=listener, first=first):
        raise NotAllowedHere(profile)
    listener = listener or Listener(user_id=profile.user_id)
    listener.spotify_id = profile.spotify_id
    listener.display_name = profile.display_name
    listener.image_url = profile.image_url
    listener.connection = Connection.CONNECTED
    listener.consented_at = now
    if becomes_admin(profile, first=first):
        listener.is_staff = listener.is_superuser = True
    if not listener.password:
        listener.set_unusable_password()
    listener.save()
    tokens.store(listener, grant, now=now)
    return listener


def known(profile: Profile) -> Listener | None:
    """By the id that never changes; else one who logged in before Spotify sent that id."""
    by_account = Listener.objects.filter(user_id=profile.user_id).first()
    if by_account or not profile.spotify_id:
        return by_account
    earlier = Listener.objects.exclude(connection=Connection.LOCAL)
    return earlier.filter(user_id=profile.spotify_id, spotify_id=profile.spotify_id).first()


def is_allowed(profile: Profile, *, listener: Listener | None, first: bool) -> bool:
    if listener is not None and not listener.is_active:
        return False
    listed: list[str] = settings.SPOTIFY_ALLOWED_LISTENERS
    if listener is not None or settings.SANDBOX:
        return True
    if {"*", profile.user_id, profile.spotify_id} & set(listed):
        return True
    return first and not listed


def is_fresh() -> bool:
    """Nobody has logged in here yet, and no admin was named by command."""
    local = Listener.objects.filter(connection=Connection.LOCAL, is_superuser=False)
    return not Listener.objects.exclude(pk__in=local).exists()


def becomes_admin(profile: Profile, *, first: bool) -> bool:
    """Only while there is none. A friend on the list who is quicker than its owner does not."""
    named = [one for one in settings.SPOTIFY_ALLOWED_LISTENERS if one != "*"]
    if Listener.objects.filter(is_superuser=True).exists():
        return False
    return named[0] in (profile.user_id, profile.spotify_id) if named else first


def is_zone(name: str) -> bool:
    return name in available_timezones()


@transaction.atomic
def lives_in(listener: Listener, zone: str, *, now: datetime) -> None:
    """The listener's days are that zone's: always so the first time, from now on when they move."""
    if not is_zone(zone) or zone == listener.timezone:
        return
    since = now if listener.timezone else ALWAYS
    Residence.objects.update_or_create(
        listener=listener, valid_from=since, defaults={"timezone": zone}
    )
    listener.timezone = zone
    listener.save(update_fields=["timezone"])
