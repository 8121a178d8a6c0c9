"""Clients of a Redis address, of one server or of a master that Sentinels know.

redis-py has no address for Sentinels, so this is the one that redisvl and Prefect read, too
(https://docs.prefect.io/integrations/prefect-redis):

    redis+sentinel://user:password@host:26379,host:26379/mymaster/0?sentinel_password=secret

`rediss+sentinel://` speaks TLS to the Sentinels and to the servers. All other options in the query
are redis-py's own for connections to the server.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

import redis
import redis.asyncio.sentinel
from redis.connection import parse_url
from redis.sentinel import Sentinel

PLAIN = {"redis", "rediss", "unix"}
WITH_SENTINELS = {"redis+sentinel", "rediss+sentinel"}
SENTINEL_PORT = 26379
SENTINEL_SECONDS = {"socket_timeout": 2, "socket_connect_timeout": 2}  # the next one is asked then
FORM = "redis+sentinel://:password@host:26379,host:26379/mymaster/0"


class AddressInvalid(ValueError):
    """The address cannot be used; the text is a valid form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinels:
    """Where Sentinels answer, the name of the master, and options as redis-py names them."""

    hosts: list[tuple[str, int]]
    master: str
    master_options: dict[str, Any]
    sentinel_options: dict[str, Any]

    @classmethod
    def of(cls, url: str) -> "Sentinels | None":
        """Return the Sentinels of an address; None where it has none. Raises AddressInvalid."""
        split = urlsplit(url)
        if split.scheme not in WITH_SENTINELS:
            return None
        try:
            return cls._parse(split)
        except ValueError:
            raise AddressInvalid(FORM) from None

    @classmethod
    def _parse(cls, split: SplitResult) -> "Sentinels":
        login, at, hosts = split.netloc.rpartition("@")
        master, _, database = split.path.removeprefix("/").partition("/")
        if not master:
            raise ValueError("no master is named")
        is_tls = split.scheme.startswith("rediss")
        plain = f"{'rediss' if is_tls else 'redis'}://{login}{at}host/{int(database or 0)}"
        options = dict(parse_url(f"{plain}?{split.query}"))  # type: ignore[no-untyped-call]
        for place in ("host", "port", "connection_class"):
            options.pop(place, None)
        tls = {name: options.pop(name) for name in [*options] if name.startswith("ssl_")}
        tls |= {"ssl": True, "ssl_cert_reqs": "required"} | tls if is_tls else {}
        own = {name: options.pop(name) for name in [*options] if name.startswith("sentinel_")}
        names = {name.removeprefix("sentinel_"): value for name, value in own.items()}
        return cls(
            hosts=[_host(each) for each in hosts.split(",")],
            master=unquote(master),
            master_options=options | tls,
            sentinel_options=SENTINEL_SECONDS | names | tls,
        )

    def client(self, **options: Any) -> "redis.Redis":
        """Return a client of whoever is the master when it connects."""
        sentinel = Sentinel(self.hosts, sentinel_kwargs=self.sentinel_options)  # type: ignore[no-untyped-call]
        master: redis.Redis = sentinel.master_for(self.master, **self.master_options | options)  # type: ignore[no-untyped-call]
        return master

    async def find_master(self) -> tuple[str, int]:
        """Return where the master is now. Raises RedisError."""
        sentinel = redis.asyncio.sentinel.Sentinel(  # type: ignore[no-untyped-call]
            self.hosts, sentinel_kwargs=self.sentinel_options
        )
        try:
            host, port = await sentinel.discover_master(self.master)
        finally:
            for each in sentinel.sentinels:
                await each.aclose()
        return str(host), int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """What Celery's settings of its broker are called by: BROKER_URL and the two beside it."""

    url: str
    transport_options: dict[str, Any]
    use_ssl: "dict[str, Any] | bool"

    @classmethod
    def of(cls, url: str) -> "Broker":
        """Return the broker of an address: kombu takes Sentinels as alternatives, one URL each."""
        sentinels = Sentinels.of(url)
        if sentinels is None:
            return cls(url=url, transport_options={}, use_ssl=False)
        options = dict(sentinels.master_options)
        login = _login(options.pop("username", ""), options.pop("password", ""))
        database = options.pop("db", 0)
        urls = [f"sentinel://{login}{host}:{port}/{database}" for host, port in sentinels.hosts]
        tls = {name: options.pop(name) for name in [*options] if name.startswith("ssl_")}
        is_tls = options.pop("ssl", False)
        options |= {
            "master_name": sentinels.master,
            "sentinel_kwargs": sentinels.sentinel_options,
        }
        return cls(url=";".join(urls), transport_options=options, use_ssl=is_tls and tls)


def client(url: str, **options: Any) -> "redis.Redis":
    """Return a client of the server, or of the Sentinels' master; it connects when first used."""
    sentinels = Sentinels.of(url)
    return sentinels.client(**options) if sentinels else redis.Redis.from_url(url, **options)


def channel_host(url: str) -> str | dict[str, Any]:
    """Return the address as channels-redis reads it."""
    sentinels = Sentinels.of(url)
    if sentinels is None:
        return url
    own = {"sentinels": sentinels.hosts, "sentinel_kwargs": sentinels.sentinel_options}
    return {"master_name": sentinels.master, **own, **sentinels.master_options}


def _login(user: str, password: str) -> str:
    return f"{quote(user, safe='')}:{quote(password, safe='')}@" if user or password else ""


def _host(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    if not host:
        raise ValueError("a host has no name")
    return host, int(port or SENTINEL_PORT)
