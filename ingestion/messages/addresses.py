"""Addresses of listeners: services that may be entered, and never a host of this network.

Apprise knows more than a hundred kinds of address; some reach any host, run commands or write
files. Listed are those whose host is the service's own, and three with a host that is checked: it
has to be public, when it is entered and each time before it is used. Redirects are not followed.
"""

import ipaddress
import socket
from urllib.parse import parse_qs, urlsplit

import apprise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FIXED = {  # Apprise's plugin -> its name; they send to one host each
    "NotifyPushover": "Pushover",
    "NotifyTelegram": "Telegram",
    "NotifyDiscord": "Discord",
    "NotifySlack": "Slack",
}
HOSTED = {"NotifyEmail": "E-mail", "NotifyNtfy": "ntfy", "NotifyGotify": "Gotify"}
EXAMPLES = (  # what the page shows
    ("ntfy", "ntfys://your-topic"),
    (_("ntfy, own server"), "ntfys://host/topic"),
    (_("E-mail"), "mailtos://user:password@gmail.com"),
    ("Pushover", "pover://user_key@token"),
    ("Telegram", "tgram://bot_token/chat_id"),
    ("Discord", "discord://webhook_id/webhook_token"),
    ("Slack", "slack://token_a/token_b/token_c"),
    ("Gotify", "gotifys://host/token"),
)
PARAMETERS = {"to", "from", "name", "smtp", "mode", "user", "pass", "priority", "token", "format"}
TRANSLATED = (  # IPv6 networks that stand for IPv4 addresses
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("2001::/32"),
)


class AddressRefused(ValueError):
    """The address cannot be used; the message says why and what can be entered."""


def open_address(url: str) -> tuple[apprise.NotifyBase, str]:
    """Return Apprise's plugin for a listener's address and the service's name.

    Raises AddressRefused; its message never holds the address.
    """
    plugin = _plugin(url)
    kind = type(plugin).__name__
    service = FIXED.get(kind) or HOSTED.get(kind)
    if service is None:
        allowed = ", ".join(sorted([*FIXED.values(), *HOSTED.values()]))
        raise AddressRefused(
            gettext("This service is not supported. Use one of: %(names)s.") % {"names": allowed}
        )
    if kind in HOSTED and (host := _host(plugin)):
        _refuse_plain(plugin)
        refuse_private(host)
    return plugin, service


def _plugin(url: str) -> apprise.NotifyBase:
    asset = apprise.AppriseAsset(http_redirects=False, secure_logging=True)
    if parse_qs(urlsplit(url).query).keys() - PARAMETERS:
        allowed = ", ".join(sorted(PARAMETERS))
        raise AddressRefused(
            gettext("The address has options that are not allowed. Allowed are: %(names)s.")
            % {"names": allowed}
        )
    try:
        plugin = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=False)
    except Exception as error:
        raise AddressRefused(
            gettext("This is not a valid address. Enter one like the examples.")
        ) from error
    if plugin is None:
        raise AddressRefused(gettext("This is not a valid address. Enter one like the examples."))
    return plugin


def _host(plugin: apprise.NotifyBase) -> str:
    """Return the host that the plugin will contact; "" for ntfy's own."""
    if type(plugin).__name__ == "NotifyNtfy" and getattr(plugin, "mode", "") == "cloud":
        return ""
    return str(getattr(plugin, "smtp_host", "") or plugin.host)


def _refuse_plain(plugin: apprise.NotifyBase) -> None:
    if not plugin.secure:
        raise AddressRefused(
            gettext(
                "The connection would not be encrypted. Use ntfys://, gotifys:// or mailtos://."
            )
        )


def refuse_private(host: str) -> None:
    """Raise AddressRefused unless every address of the host is a public one."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        raise AddressRefused(gettext("This host does not exist.")) from None
    if not found or not all(is_public(str(address)) for address in found):
        raise AddressRefused(gettext("This host is not on the public internet."))


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet, also inside an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast
