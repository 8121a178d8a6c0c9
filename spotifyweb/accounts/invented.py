"""The sandbox's people: once there are credentials of Spotify, none of them stays logged in."""

from spotifyweb.accounts import sessions
from spotifyweb.accounts.models import ApiToken, Connection, Listener, Token
from spotifyweb.sandbox.listeners.people import ACCOUNTS


def show_out() -> int:
    """Their invented plays stay; the first real person to log in owns the instance."""
    came = list(Listener.objects.filter(user_id__in=ACCOUNTS).exclude(connection=Connection.LOCAL))
    Token.objects.filter(listener__in=came).delete()
    ApiToken.objects.filter(listener__in=came).delete()
    for listener in came:
        sessions.end(listener)
        listener.connection, listener.consented_at = Connection.LOCAL, None
        listener.is_staff = listener.is_superuser = False
        listener.save()
    return len(came)
