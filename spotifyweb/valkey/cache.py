"""Django's cache on Redis, for values that can be read or computed anew."""

import functools
import logging
from typing import Any

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from spotifyweb.valkey import address

log = logging.getLogger(__name__)
_client = functools.cache(address.client)  # of this process


class SharedClient(RedisCacheClient):
    """Use the process's one client of the first address, which may be that of Sentinels.

    Django makes a cache for each request and socket of an ASGI server and a client for each key. A
    socket kept its own, and a connection to Redis, for as long as it was open: 85 kB.
    """

    def get_client(self, key: Any = None, *, write: bool = False) -> "redis.Redis":  # noqa: ARG002
        url, options = self._servers[0], self._pool_options  # type: ignore[attr-defined]
        return _client(url, **options)


class FailOpenRedisCache(RedisCache):
    """Treat an unreachable Redis as an empty cache, so that pages are slower and not broken.

    Deleting still raises: a session that was ended must not come back with Redis.
    """

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = SharedClient

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except redis.RedisError as error:
            log.warning("the cache does not answer: %s", error)
            return default

    def set(
        self,
        key: str,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        try:
            super().set(key, value, timeout, version)
        except redis.RedisError as error:
            log.warning("nothing was cached: %s", error)

    def has_key(self, key: str, version: int | None = None) -> bool:
        try:
            return super().has_key(key, version)
        except redis.RedisError as error:
            log.warning("the cache does not answer: %s", error)
            return False
