"""Typed readers of environment variables; an error names variable, value and a valid form.

Only `spotifyweb.settings` calls these, so that all settings of a deployment are in one place.
"""

import contextlib
import os
import re
import stat
from base64 import urlsafe_b64encode as b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values

from spotifyweb import bounds
from spotifyweb.valkey.address import AddressInvalid, Sentinels

DEMAND_HINT = (
    "DATABASE_URL is a server that several hosts can use, and each of them needs the same secrets."
    " Copy those of a host that runs, or make new ones with: python3 -c 'from base64 import *;"
    " from os import urandom; print(urlsafe_b64encode(urandom(32)).decode())'"
)
POOL_SECONDS = 5.0  # for a connection, until the request fails
# Until one that nobody needs is closed: where the server was restarted, each costs a pause.
POOL_IDLE_SECONDS = 10.0
TRUE = {"1", "true", "yes", "on"}
SECRET = re.compile("SECRET|KEY|TOKEN|PASSWORD|ALERT")
FALSE = {"0", "false", "no", "off", ""}


def invalid_value(name: str, value: str, hint: str) -> ImproperlyConfigured:
    """Return the error for an invalid setting; `hint` says what a valid value looks like."""
    return ImproperlyConfigured(f"{name}={redact(name, value)!r} cannot be used: {hint}")


def redact(name: str, value: str) -> str:
    """Return the value without secrets, as errors end up in logs and in tickets."""
    if SECRET.search(name):
        return "…"
    start, at, host = value.rpartition("@")
    if at:
        scheme, separator, _ = start.partition("://")
        value = f"{scheme}{separator}…@{host}" if separator else f"…@{host}"
    address, question, _ = value.partition("?")
    return f"{address}?…" if question else address


def load_env_file(path: Path) -> None:
    """Read KEY=VALUE lines into the environment; variables that are set already win.

    Quotes, comments behind a value and `export` mean what they mean to docker compose; `$NAME`
    stays as it is. A file that is missing is empty.
    """
    for name, value in dotenv_values(path, interpolate=False).items():
        os.environ.setdefault(name, value or "")


def text(name: str, default: str = "", *, environ: Mapping[str, str] = os.environ) -> str:
    return environ.get(name, "") or default


def file(name: str, default: Path) -> Path:
    """Return the path of a file that is there; the default may be missing."""
    value = text(name)
    if value and not Path(value).is_file():
        raise invalid_value(name, value, "there is no such file")
    return Path(value) if value else default


def texts(prefix: str, defaults: Mapping[str, str]) -> dict[str, str]:
    """Return each default, or the text of the variable with the prefix and its name."""
    return {name: text(f"{prefix}_{name.upper()}", default) for name, default in defaults.items()}


def flag(name: str, default: bool, *, environ: Mapping[str, str] = os.environ) -> bool:
    value = environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    raise invalid_value(name, value, "write 1 or 0")


def choice(name: str, default: str, *others: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return one of the values that are named here, as they are written, whatever its case."""
    value = text(name, default, environ=environ)
    by_folded = {known.casefold(): known for known in (default, *others)}
    if value.casefold() not in by_folded:
        raise invalid_value(name, value, f"one of {', '.join(by_folded.values())}")
    return by_folded[value.casefold()]


def integer(
    name: str, default: int, *, at_least: int = 0, environ: Mapping[str, str] = os.environ
) -> int:
    value = environ.get(name) or str(default)
    number = bounds.parse_integer(value)
    if number is None or number < at_least:
        raise invalid_value(name, value, f"write a whole number of at least {at_least}")
    return number


def rate(name: str, default: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """Return a rate such as 600/min: so many calls in a second, minute, hour or day."""
    value = environ.get(name) or default
    if not re.fullmatch(r"[0-9]{1,9}/(s|m|h|d)[a-z]*", value):
        raise invalid_value(name, value, "write a rate such as 600/min")
    return value


def number(
    name: str, default: float, *, at_least: float = 0.0, environ: Mapping[str, str] = os.environ
) -> float:
    value = environ.get(name) or str(default)
    try:
        parsed = float(value)
    except ValueError:
        raise invalid_value(name, value, "write a number such as 0.5") from None
    if not at_least <= parsed < float("inf"):
        raise invalid_value(name, value, f"write a number of at least {at_least}")
    return parsed


def numbers(prefix: str, defaults: Mapping[str, float]) -> dict[str, float]:
    """Return each default, or the number of the variable with the prefix and its name."""
    return {name: number(f"{prefix}_{name.upper()}", default) for name, default in defaults.items()}


def integers(prefix: str, defaults: Mapping[str, int]) -> dict[str, int]:
    """Return each default, or the whole number of the variable with the prefix and its name."""
    return {
        name: integer(f"{prefix}_{name.upper()}", default) for name, default in defaults.items()
    }


def by_prefix(prefix: str, *, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return all variables of that prefix that are not empty, by the rest of their names."""
    return {
        name.removeprefix(prefix): value
        for name, value in environ.items()
        if name.startswith(prefix) and value
    }


def words(name: str, default: str = "", *, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return a comma separated list without its blanks."""
    return [
        word.strip() for word in text(name, default, environ=environ).split(",") if word.strip()
    ]


def url(
    name: str, default: str, *, schemes: set[str], environ: Mapping[str, str] = os.environ
) -> str:
    value = text(name, default, environ=environ)
    if urlsplit(value).scheme not in schemes:
        raise invalid_value(
            name, value, "start it with one of " + ", ".join(f"{s}://" for s in sorted(schemes))
        )
    return value


def verify_path(name: str, url: str) -> None:
    """Refuse a path of which a part would be lost. Raises ImproperlyConfigured."""
    parts = urlsplit(url)
    if parts.scheme != "snowflake" and (parts.query or parts.fragment):
        raise invalid_value(name, url, "write # as %23 and ? as %3F")
    if parts.scheme in ("file", "s3") and set(unquote(parts.path)) & set("*?["):
        hint = "DuckDB takes *, ? and [ for a pattern: move it, or DATA_DIR, to another path"
        raise invalid_value(name, url, hint)


def with_authority(url: str, ca_file: str) -> str:
    """Return an address of Redis with what its clients need to verify a server with TLS.

    redis-py, Celery's transport and channels-redis all read it from the query; Celery's verifies
    nothing unless it is told to. Raises ImproperlyConfigured.
    """
    split = urlsplit(url)
    is_tls = split.scheme.startswith("rediss")
    if ca_file and (not is_tls or not Path(ca_file).is_file()):
        hint = "write the path of a PEM file, and a REDIS_URL that begins with rediss://"
        raise invalid_value("REDIS_CA_FILE", ca_file, hint)
    wanted = {"ssl_cert_reqs": "required"} | ({"ssl_ca_certs": ca_file} if ca_file else {})
    given = dict(parse_qsl(split.query))
    return split._replace(query=urlencode(wanted | given)).geturl() if is_tls else url


def verify_sentinels(name: str, url: str) -> None:
    """Raise ImproperlyConfigured where an address of Sentinels cannot be read."""
    try:
        Sentinels.of(url)
    except AddressInvalid as form:
        raise invalid_value(name, url, f"write it as {form}") from None


def database(url: str, *, kept_seconds: int, pool: int, test_file: Path) -> dict[str, Any]:
    """Return the entry of DATABASES.

    `kept_seconds` is how long a connection stays open; or else each process has a `pool` of so many
    at most. Raises ImproperlyConfigured.
    """
    entry: dict[str, Any] = {**dj_database_url.parse(url, conn_max_age=kept_seconds)}
    if pool:
        if not entry["ENGINE"].endswith("postgresql") or kept_seconds:
            hint = "it needs a DATABASE_URL that begins with postgres://, and no other"
            raise invalid_value("DATABASE_POOL", str(pool), f"{hint} DATABASE_CONN_MAX_AGE than 0")
        options = {"min_size": 1, "max_size": pool, "timeout": POOL_SECONDS}
        options["max_idle"] = POOL_IDLE_SECONDS
        entry["OPTIONS"] = {**entry.get("OPTIONS", {}), "pool": options}
    entry["CONN_HEALTH_CHECKS"] = bool(pool or kept_seconds)  # a restarted server closed them all
    if entry["ENGINE"].endswith("sqlite3"):
        entry["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",  # a write lock is waited for, never refused half-way
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA secure_delete=ON;",  # what was erased is overwritten
        }
        entry["TEST"] = {"NAME": test_file}  # a file too: only there do writers wait
    return entry


def private_folder(path: Path) -> None:
    """Create the folder, or remove the rights of group and others from an existing one.

    A folder of another user, or a shared one (/tmp), stays as it is; `manage.py check` warns of it.
    """
    with contextlib.suppress(PermissionError):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = path.stat().st_mode
        if mode & 0o077 and not mode & stat.S_ISVTX:
            path.chmod(stat.S_IMODE(mode) & ~0o077)


def stored_secret(
    name: str,
    path: Path,
    *,
    size: int = 32,
    demand: str = "",
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Return the secret from the environment, else from `path`, where it is generated once.

    Only the owner may read it. It is `size` random bytes in URL-safe base64; 32 are a Fernet key.
    Raises ImproperlyConfigured where `demand` names a setting that other hosts have to share.
    """
    if value := environ.get(name):
        return value
    stored = dict(line.split("=", 1) for line in path.read_text().split()) if path.exists() else {}
    if name not in stored and demand:
        raise ImproperlyConfigured(f"{demand} is not set. {DEMAND_HINT}")
    if name not in stored:
        stored[name] = b64encode(os.urandom(size)).decode()
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text("".join(f"{key}={value}\n" for key, value in stored.items()))
        os.sync()
        fresh.replace(path)
        os.sync()
    return stored[name]


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of each day in a time zone, from the first to before the last; over midnight too."""

    first: int
    last: int
    zone: ZoneInfo

    def includes(self, now: datetime) -> bool:
        hour = now.astimezone(self.zone).hour
        if self.first <= self.last:
            return self.first <= hour < self.last
        return hour >= self.first or hour < self.last


def hours(name: str) -> Hours | None:
    """Return hours such as "22-7 Europe/Oslo" or "8", in UTC where no zone is named."""
    given = text(name).split()
    if not given:
        return None
    first, _, last = given[0].partition("-")
    try:
        zone = ZoneInfo(given[1] if len(given) > 1 else "UTC")
        found = Hours(int(first), int(last or (int(first) + 1) % 24), zone)
    except (ValueError, KeyError, OSError):
        found = Hours(-1, -1, ZoneInfo("UTC"))
    if len(given) > 2 or not (0 <= found.first <= 23 and 0 <= found.last <= 23):
        raise ImproperlyConfigured(f"{name}={text(name)!r}: write hours such as 22-7 Europe/Oslo")
    return found
