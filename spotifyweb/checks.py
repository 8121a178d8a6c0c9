"""System checks of the settings, run by `manage.py check` and at each start.

Each message has an id, names its setting, and has a hint.
"""

import re
from collections.abc import Sequence
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

from cryptography.fernet import Fernet
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from spotifyweb.eventlog.kafka_properties import Cluster, PropertiesInvalid
from spotifyweb.warehouse.snowflake_login import LoginInvalid

LOOPBACK = {"127.0.0.1", "::1"}
CLIENT_ID = re.compile(r"[0-9a-f]{32}")


def register_checks() -> None:
    for check in (
        token_keys,
        site_url,
        redirect_uri,
        credentials,
        allowed_listeners,
        time_zones,
        private_data,
        snowflake_login,
        kafka_properties,
        tracing_packages,
    ):
        register(check)


def token_keys(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    wrong = [number for number, key in enumerate(settings.TOKEN_KEYS, 1) if not is_key(key)]
    if not wrong:
        return []
    return [
        Error(
            f"TOKEN_KEYS: key {number} is not a valid key, so Spotify tokens cannot be encrypted",
            hint="A key is 32 random bytes in URL-safe base64. Make one with: python -c 'from"
            " cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
            id="spotifyweb.E001",
        )
        for number in wrong
    ]


def is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def site_url(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    address = urlsplit(settings.SITE_URL)
    if not (address.path or address.query or address.fragment):
        return []
    return [
        Error(
            f"SITE_URL={address.geturl()}: this site cannot be served below a path",
            hint=f"Write {address.scheme}://{address.netloc}, or give the site a host name of its"
            " own, such as https://liner.example.org, and let the proxy pass all of it on.",
            id="spotifyweb.E010",
        )
    ]


def redirect_uri(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    address = urlsplit(settings.SPOTIFY_REDIRECT_URI)
    findings: list[CheckMessage] = []
    if address.hostname == "localhost":
        findings.append(localhost_refused(address))
    elif address.scheme != "https" and address.hostname not in LOOPBACK:
        findings.append(needs_https(address))
    if address.path != "/callback/":
        findings.append(unexpected_path(address))
    return findings


def localhost_refused(address: SplitResult) -> CheckMessage:
    return Error(
        f"SPOTIFY_REDIRECT_URI={address.geturl()}: Spotify refuses the name localhost",
        hint=f"Write {address.geturl().replace('localhost', '127.0.0.1')}, here and in Spotify's"
        " developer dashboard, character by character the same.",
        id="spotifyweb.E002",
    )


def needs_https(address: SplitResult) -> CheckMessage:
    where = "an address of your network" if is_address(address.hostname) else "a name"
    return Error(
        f"SPOTIFY_REDIRECT_URI={address.geturl()}: Spotify takes {where} only with https",
        hint="Put a reverse proxy with a certificate in front and write https://…, or keep"
        " http://127.0.0.1:8000/callback/ and paste the address after logging in, as the login page"
        " explains.",
        id="spotifyweb.E003",
    )


def is_address(host: str | None) -> bool:
    try:
        ip_address(host or "")
    except ValueError:
        return False
    return True


def unexpected_path(address: SplitResult) -> CheckMessage:
    return checks.Warning(
        f"SPOTIFY_REDIRECT_URI={address.geturl()} does not end in /callback/, where this site"
        " waits for Spotify's answer",
        hint="Change it here and at Spotify, unless a proxy leads that path to /callback/.",
        id="spotifyweb.W004",
    )


def credentials(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    if settings.SANDBOX:
        return []
    findings: list[CheckMessage] = []
    if not settings.SPOTIFY_CLIENT_SECRET:
        findings.append(
            Error(
                "SPOTIFY_CLIENT_ID is set and SPOTIFY_CLIENT_SECRET is not",
                hint="Copy both from your app's page in Spotify's developer dashboard; without"
                " either, the sandbox with simulated listeners is used.",
                id="spotifyweb.E005",
            )
        )
    if not CLIENT_ID.fullmatch(settings.SPOTIFY_CLIENT_ID):
        findings.append(
            checks.Warning(
                "SPOTIFY_CLIENT_ID does not look like one: 32 digits and letters from a to f",
                hint="Copy it again from Spotify's developer dashboard, without spaces.",
                id="spotifyweb.W006",
            )
        )
    return findings


def allowed_listeners(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    if settings.SANDBOX or "*" not in settings.SPOTIFY_ALLOWED_LISTENERS:
        return []
    return [
        checks.Warning(
            "SPOTIFY_ALLOWED_LISTENERS=* lets everybody in whom Spotify lets log in to your app",
            hint="List the ids instead, unless only people you trust are on the app's list there.",
            id="spotifyweb.W007",
        )
    ]


def time_zones(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    if available_timezones():
        return []
    return [
        Error(
            "this machine has no time zone data, so days cannot be computed",
            hint="Install the package tzdata, with apt or with pip.",
            id="spotifyweb.E008",
        )
    ]


def private_data(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    if not settings.DATA_DIR.stat().st_mode & 0o077:
        return []
    return [
        checks.Warning(
            f"DATA_DIR={settings.DATA_DIR} is open to other accounts of this machine",
            hint=f"It holds keys, sessions and plays. Run: chmod 700 {settings.DATA_DIR}",
            id="spotifyweb.W009",
        )
    ]


def snowflake_login(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    address = urlsplit(settings.WAREHOUSE_URL)
    if address.scheme != "snowflake":
        return []
    try:
        settings.SNOWFLAKE_LOGIN.connector_options(address.password or "")
    except LoginInvalid as error:
        return [Error(error.message, hint=error.hint, id="spotifyweb.E011")]
    if not settings.SNOWFLAKE_LOGIN.has_password_only():
        return []
    return [
        checks.Warning(
            "Liner logs in to Snowflake with a password, which only trial accounts still accept",
            hint="Set SNOWFLAKE_PRIVATE_KEY_FILE, as docs/SETUP.md explains.",
            id="spotifyweb.W012",
        )
    ]


def kafka_properties(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    """Let librdkafka check names and values; nothing is connected."""
    if urlsplit(settings.EVENT_LOG_URL).scheme != "kafka":
        return []
    from spotifyweb.eventlog.kafka_client import verify

    try:
        verify(Cluster.of(settings.EVENT_LOG_URL, settings.KAFKA, **settings.EVENT_LOG_TOPICS))
    except PropertiesInvalid as error:
        return [Error(str(error), hint=error.hint, id="spotifyweb.E013")]
    return []


def tracing_packages(app_configs: object, **_: object) -> Sequence[CheckMessage]:  # noqa: ARG001
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT or find_spec("opentelemetry.sdk"):
        return []
    return [
        Error(
            f"OTEL_EXPORTER_OTLP_ENDPOINT={settings.OTEL_EXPORTER_OTLP_ENDPOINT}: the packages that"
            " send traces are not installed",
            hint="Install them: .uv/bin/uv pip install --python .venv -r pyproject.toml --extra"
            " tracing. Or leave the setting empty.",
            id="spotifyweb.E014",
        )
    ]
