"""Django's cache on Redis."""

from typing import Any

from django.core.cache import cache


def test_all_keys_share_one_client() -> None:
    client: Any = cache._cache  # type: ignore[attr-defined]
    assert client.get_client("read") is client.get_client("written", write=True)
    cache.set("mira", 1)
    assert cache.get("mira") == 1
