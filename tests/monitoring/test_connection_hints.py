"""A Redis behind TLS opens with its authority; what is wrong has its cure, in the servers' words.

Valkey's wheel is built without TLS, so a proxy speaks it in front of a real Valkey, like stunnel.
"""

import asyncio
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from kombu.connection import Connection
from redis.connection import parse_url

from recommendations.fast_path.redis_pipeline import RedisPipeline
from spotifyweb import env
from spotifyweb.monitoring import connection_hints
from tests.engines.certificates import Authority


@dataclass
class Secured:
    url: str
    authority: Authority
    another: Authority


class Proxy(socketserver.ThreadingTCPServer):
    """Speaks TLS, and passes on to a server that does not."""

    allow_reuse_address = True

    def __init__(self, context: ssl.SSLContext, behind: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), Passage)
        self.context, self.behind, self.is_open = context, behind, True


class Passage(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        proxy = cast(Proxy, self.server)
        try:
            with (
                proxy.context.wrap_socket(self.request, server_side=True) as front,
                socket.create_connection(proxy.behind) as back,
            ):
                while proxy.is_open:
                    ready, _, _ = select.select([front, back], [], [], 0.1)
                    for side in ready:
                        if not (data := side.recv(65536)):
                            return
                        (back if side is front else front).sendall(data)
        except OSError:  # a client that does not trust, or speaks no TLS
            return


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder, "authority")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.sign("valkey"))
    inner = dict(parse_url(settings.REDIS_URL))  # type: ignore[no-untyped-call]
    proxy = Proxy(context, (inner["host"], inner["port"]))
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
    thread.start()
    password = f":{inner['password']}@" if inner.get("password") else ""
    url = f"rediss://{password}127.0.0.1:{proxy.server_address[1]}/{inner.get('db', 0)}"
    yield Secured(url, authority, Authority(folder, "another"))
    proxy.is_open = False
    proxy.shutdown()
    thread.join()
    proxy.server_close()


def test_every_client_trusts_the_authority_of_the_settings(secured: Secured) -> None:
    url = env.with_authority(secured.url, str(secured.authority.file))
    client = redis.Redis.from_url(url)
    assert client.ping()
    client.close()
    with Connection(url) as broker:  # type: ignore[no-untyped-call] # Celery's
        broker.ensure_connection(max_retries=1)

    async def fast() -> list[object]:
        pipeline = RedisPipeline(url)
        try:
            return await pipeline.execute(("PING",))
        finally:
            pipeline.close()

    assert asyncio.run(fast()) in (["PONG"], [b"PONG"])


def test_the_broker_trusts_nobody_else_where_no_authority_is_named(secured: Secured) -> None:
    """Celery's transport verifies nothing by default."""
    broker = Connection(env.with_authority(secured.url, ""))  # type: ignore[no-untyped-call]
    with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
        broker.connect()  # type: ignore[no-untyped-call]


def test_another_authority_is_refused_with_its_cure(secured: Secured) -> None:
    url = env.with_authority(secured.url, str(secured.another.file))
    with pytest.raises(redis.ConnectionError) as caught:
        redis.Redis.from_url(url).ping()
    assert "REDIS_CA_FILE" in connection_hints.hint(caught.value)


def test_plain_text_and_tls_are_not_mixed_up_silently(secured: Secured) -> None:
    tls = settings.REDIS_URL.replace("redis://", "rediss://")
    with pytest.raises((redis.ConnectionError, redis.TimeoutError)) as caught:
        redis.Redis.from_url(tls, socket_timeout=0.5, socket_connect_timeout=0.5).ping()
    assert "TLS" in connection_hints.hint(caught.value)
    plain = secured.url.replace("rediss:", "redis:")
    with pytest.raises((redis.ConnectionError, redis.TimeoutError)) as caught_plain:
        redis.Redis.from_url(plain, socket_timeout=0.5).ping()
    assert "rediss://" in connection_hints.hint(caught_plain.value)


@pytest.mark.parametrize("url", ["redis://cache:6379/0", "unix:///run/redis"])
def test_an_authority_needs_tls(url: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    with pytest.raises(ImproperlyConfigured, match="REDIS_CA_FILE"):
        env.with_authority(url, str(tmp_path / "ca.pem"))
    with pytest.raises(ImproperlyConfigured, match="REDIS_CA_FILE"):
        env.with_authority("rediss://cache:6380/0", "/nowhere.pem")
    assert env.with_authority(url, "") == url


def test_what_the_address_says_of_certificates_counts() -> None:
    url = "rediss://user:p%40ss@cache:6380/0?ssl_cert_reqs=none"
    assert env.with_authority(url, "") == url


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (
            redis.AuthenticationError("invalid username-password pair or user is disabled."),
            "password in REDIS_URL",
        ),
        (redis.AuthenticationError("Authentication required."), "password in REDIS_URL"),
        (
            redis.ConnectionError("Error 111 connecting to 127.0.0.1:1. Connection refused."),
            "host and port in REDIS_URL",
        ),
        (
            redis.ConnectionError(
                "Error -2 connecting to no.invalid:1. Name or service not known."
            ),
            "the host in REDIS_URL",
        ),
        (redis.RedisError("this is a Sentinel, which holds no data"), "redis+sentinel://"),
        (redis.RedisError("this is a node of a cluster, which cannot be used"), "without Cluster"),
        (
            OperationalError('FATAL:  password authentication failed for user "liner"'),
            "password in DATABASE_URL",
        ),
        (OperationalError('FATAL:  database "liner" does not exist'), "the name in DATABASE_URL"),
        (OperationalError('FATAL:  role "liner" does not exist'), "the user in DATABASE_URL"),
        (OperationalError("SSL error: certificate verify failed"), "sslrootcert"),
        (OperationalError("failed to resolve host 'db': [Errno -2]"), "the host in DATABASE_URL"),
        (OperationalError("connection refused"), "host and port in DATABASE_URL"),
        (
            OperationalError('no pg_hba.conf entry for host "10.0.0.7", no encryption'),
            "sslmode=verify-full",
        ),
        (OSError("refused"), ""),
    ],
)
def test_an_error_has_its_cure(error: Exception, named: str) -> None:
    cure = connection_hints.hint(error)
    assert named in cure and bool(named) == bool(cure)
