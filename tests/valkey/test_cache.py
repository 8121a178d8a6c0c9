"""Django's cache on Redis."""

import contextvars
from typing import Any

from django.core.cache import cache, caches


def test_all_keys_share_one_client() -> None:
    client: Any = cache._cache  # type: ignore[attr-defined]
    assert client.get_client("read") is client.get_client("written", write=True)
    cache.set("mira", 1)
    assert cache.get("mira") == 1


def test_requests_and_sockets_of_an_asgi_server_share_the_client_of_the_process() -> None:
    def client_of_a_request() -> Any:
        return caches["default"]._cache.get_client()  # type: ignore[attr-defined]

    mine, yours = (contextvars.Context().run(client_of_a_request) for _ in range(2))
    assert mine is yours
