"""The allow list, and who becomes the admin: the first to log in, or the first on the list."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from spotifyweb.accounts import tokens
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.spotify.oauth import Grant
from spotifyweb.spotify.payloads import Profile


class NotAllowedHere(Exception):
    """The person logged in at Spotify and is not allowed on this instance."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(f"{profile.user_id} is not allowed on this instance")
        self.profile = profile


@transaction.atomic
def sign_in(profile: Profile, grant: Grant, *, now: datetime) -> Listener:
    """Save and return the listener of a profile, connected; raises NotAllowedHere."""
    listener = find_listener(profile)
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


def find_listener(profile: Profile) -> Listener | None:
    """Return the listener with the stable id, else with the id of before Spotify sent that one."""
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
    """Tell whether nobody has logged in yet and no admin was created by command."""
    local = Listener.objects.filter(connection=Connection.LOCAL, is_superuser=False)
    return not Listener.objects.exclude(pk__in=local).exists()


def becomes_admin(profile: Profile, *, first: bool) -> bool:
    """Tell whether this login makes an admin: the first of the list, while there is none."""
    named = [name for name in settings.SPOTIFY_ALLOWED_LISTENERS if name != "*"]
    if Listener.objects.filter(is_superuser=True).exists():
        return False
    return named[0] in (profile.user_id, profile.spotify_id) if named else first
